package logwatch

import (
	"bytes"
	"io"
	"log" //nolint:depguard // libraries may use it, and its lines must be read
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/redact"
)

// tell makes this binary log what the variable says, in place of its tests.
const tell = "LOGWATCH_TELL"

func TestMain(m *testing.M) { os.Exit(Watch(m).Run()) }

// told are lines that must be found, and what may not be seen of each in the report.
var told = map[string]string{
	"name":               "王小明",
	"message":            "您有一条待办",
	"escaped text":       `\u738b\u5c0f`,
	"text in a URL":      "q=%E7%8E%8B",
	"login token":        "xy_" + strings.Repeat("aB3-", 10) + "abc",
	"access token":       "99_0123456789abcdef",
	"parameter":          `"session_key":"abc123"`,
	"header":             "Authorization: Bearer abcdef",
	"query":              "GET /x?a=1&secret=abcdef",
	"hexadecimal secret": "5ec4e70123456789abcdef0123456789",
	"session key":        "HyVFkGl5F5OQWJZZaNzBBg==",
	"openid":             "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
	"openid of a test":   "o1234567890123",
	"phone number":       "13800001234",
	"phone in words":     "call 13800001234 back",
	"phone with country": "+8613800001234",
	"student's number":   "G320623201501",
	"citizen's number":   "11010519491231002X",
}

func TestEachSortIsFoundAndMasked(t *testing.T) {
	t.Parallel()
	for name, text := range told {
		for _, handler := range []func(io.Writer) slog.Handler{
			func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
			func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
		} {
			var j journal
			slog.New(handler(j.from("a process"))).Info("well", "ms", 12, "value", text)
			report := j.report(redact.NewBook(rules))
			require.Contains(t, report, "line 1 of a process", name)
			require.Contains(t, report, "***", name)
			require.NotContains(t, report, text, name)
		}
	}
}

func TestWhatTheProgramLogsIsNoFind(t *testing.T) {
	t.Parallel()
	var j journal
	for _, handler := range []slog.Handler{slog.NewTextHandler(j.from(""), nil), slog.NewJSONHandler(j.from(""), nil)} {
		l := slog.New(handler)
		l.Info("call", "method", "GET", "route", "/api/v1/lessons/:id", "status", 200, "ms", 1380)
		l.Warn("slow", "took", 15*time.Second, "id", "1793512345678901234", "at", time.UnixMilli(1764100000000), "token", "renewed", "addr", "127.0.0.1:13800")
		l.Error("job failed", "job", "official-account-follower-lookup", "err", io.ErrUnexpectedEOF)
	}
	require.Empty(t, j.report(redact.NewBook(rules)))
}

func TestACommandsOutputMayBeChinese(t *testing.T) {
	t.Parallel()
	var j journal
	s := j.from("a command")
	_, _ = io.WriteString(s, "xinyu: 花名册有 2 处错误\n")
	require.Empty(t, j.report(redact.NewBook(rules)))
	_, _ = io.WriteString(s, "xinyu: 花名册 13800001234\n")
	require.Contains(t, j.report(redact.NewBook(rules)), "line 2 of a command")
}

type tests func() int

func (f tests) Run() int { return f() }

// Not parallel: it takes slog's default for a while.
func TestALineFailsTestsThatPassed(t *testing.T) {
	for name, say := range map[string]func(){
		"slog":        func() { slog.Info("called", "name", "王小明") },
		"debug line":  func() { slog.Debug("called", "name", "王小明") },
		"package log": func() { log.Print("王小明") },
		"many at once": func() {
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() { slog.Info("called", "name", "王小明") })
			}
			all.Wait()
		},
	} {
		var report bytes.Buffer
		require.Equal(t, 1, watched{tests(func() int { say(); return 0 }), new(journal), &report}.Run(), name)
		require.Contains(t, report.String(), "logwatch: the log holds a name", name)
		require.NotContains(t, report.String(), "王小明", name)
	}
	var report bytes.Buffer
	require.Zero(t, watched{tests(func() int { slog.Info("well"); return 0 }), new(journal), &report}.Run())
	require.Equal(t, 2, watched{tests(func() int { return 2 }), new(journal), &report}.Run())
	require.NotContains(t, report.String(), "the log holds")
}

// TestTheTeller is no test of its own: TestABinaryThatTellsEndsBadly runs it
// in a process whose log it spoils.
func TestTheTeller(t *testing.T) {
	switch text := os.Getenv(tell); {
	case strings.HasPrefix(text, "hear "):
		var w bytes.Buffer
		Capture(t, &w)
		slog.Info(text)
		require.Contains(t, w.String(), text)
	case strings.HasPrefix(text, "tee "):
		cmd := exec.Command("sh", "-c", "echo fine; echo \"$"+tell+"\"")
		cmd.Stdout = Tee("a child", io.Discard)
		require.NoError(t, cmd.Run())
	case text != "":
		slog.Info(text)
	}
}

func TestABinaryThatTellsEndsBadly(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"", "hear ", "tee "} {
		for _, c := range []struct {
			text string
			code int
		}{{"xy_" + strings.Repeat("aB3-", 10), 1}, {"nothing", 0}} {
			cmd := exec.Command(os.Args[0], "-test.run=^TestTheTeller$")
			cmd.Env = append(os.Environ(), tell+"="+way+c.text)
			out, _ := cmd.CombinedOutput() // the code is looked at
			require.Equal(t, c.code, cmd.ProcessState.ExitCode(), "%s%s: %s", way, c.text, out)
			require.Equal(t, c.code == 1, bytes.Contains(out, []byte("logwatch: the log holds a login token")), "%s", out)
		}
	}
}

func TestCheckNamesTheLineAndDoesNotQuoteIt(t *testing.T) {
	t.Parallel()
	found, err := Check(strings.NewReader("level=INFO msg=well\nlevel=WARN msg=13800001234\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"line 2 holds a phone number"}, found)
}
