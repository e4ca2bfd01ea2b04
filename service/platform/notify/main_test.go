package notify

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"sync"
	"testing"

	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(replicaEnv) != "" {
		os.Exit(runReplica())
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	code := storetest.Main(m)
	if told := logged.tells(); told != "" {
		fmt.Println("the log of the tests tells what it must not:", told)
		code = 1
	}
	os.Exit(code)
}

// logged is all that the tests of this package logged.
var logged journal

type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

// private is what no log may hold: openids, tokens, the secret, anything
// Chinese (names and what messages say), and their templates.
var private = regexp.MustCompile(`\bo(-[a-z]+-)?[0-9]{4,}|access_token|` + testSecret + `|\p{Han}|demo-[a-z-]+|touser`)

func (j *journal) tells() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return private.FindString(j.lines.String())
}

func TestTheLogIsSearched(t *testing.T) {
	t.Parallel()
	for _, told := range []string{"sent to o123456789", "token access_token=7", "err " + testSecret, "您有一条待办", "template demo-wait-list-offer"} {
		if private.FindString(told) == "" {
			t.Error("would not be found:", told)
		}
	}
}
