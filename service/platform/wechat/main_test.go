package wechat_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// hidden is what no log line and no error may hold: secrets, access tokens,
// codes, openids, texts of messages.
var hidden = regexp.MustCompile(secret + `|99_[0-9a-f]{6}|access_token=|js_code|oParent|oPerson|demo-parent|您有一条待办`)

// journal keeps what all tests log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// TestMain also fails where a test logged what it must not, or left a goroutine.
func TestMain(m *testing.M) {
	logged := new(journal)
	slog.SetDefault(slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))) // takes package log's lines too
	code := m.Run()
	if found := hidden.FindString(logged.text.String()); found != "" {
		fmt.Fprintln(os.Stderr, "the log holds", found)
		code = 1
	}
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
