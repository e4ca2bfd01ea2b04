// Package logwatch reads every line that a test binary logs, and fails the
// binary where one holds what no log may: a secret, a token, an openid, a
// name, a number of somebody's, a text that somebody wrote or is written to.
//
// Each TestMain runs its tests through Watch. What child processes log comes
// in by Tee, and a test that looks at the log for itself uses Capture.
package logwatch

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"xinyu/service/platform/redact"
)

// Tests are the tests of a package, such as *testing.M.
type Tests interface{ Run() int }

// Watch returns tests that fail if one of them, or what they start, logs what it must not.
func Watch(m Tests) Tests { return watched{m, &logged, os.Stderr} }

// Forbid has Watch look for one more sort of thing, by a regular expression
// without groups: what only the tests of the package know. It precedes Watch.
func Forbid(what, form string) { rules = append(rules, redact.Rule{What: what, Form: form}) }

// rules are those of the program's logger, and what only tests hold.
var rules = append(slices.Clone(redact.Rules),
	redact.Rule{What: "a secret of the tests", Form: `secret-of-the-tests|the-secret-of-notify`},
	redact.Rule{What: "an openid or union id of the tests",
		Form: `\bo-?[0-9]{4,}\b|\bo(?:-[a-z]+)+-[0-9]{4,}\b|\bo(?:Parent|Person|Forged|Follower|Risk|Other|A|B)\b`},
)

var chinese = regexp.MustCompile(`\p{Han}`)

type watched struct {
	Tests
	log    *journal
	report io.Writer
}

// Run implements Tests. Logs go on to standard error, masked, but for debug lines.
func (w watched) Run() int {
	before, all := slog.Default(), redact.NewBook(rules)
	slog.SetDefault(w.log.logger(all, w.report))
	code := w.Tests.Run()
	slog.SetDefault(before)
	if report := w.log.report(all); report != "" {
		_, _ = fmt.Fprint(w.report, report) // the exit code says so too
		code = max(code, 1)
	}
	return code
}

// Capture writes what is logged until the test ends to w too, as text and down to
// debug lines. A test that sets slog's default itself would hide lines from
// Watch: the linter refuses it. Such a test can't be parallel.
func Capture(t testing.TB, w io.Writer) {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.MultiWriter(w, logged.from("")), &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})))
	t.Cleanup(func() { slog.SetDefault(before) })
}

// Tee is a writer for what a process logs: it is watched, and goes on to w.
func Tee(process string, w io.Writer) io.Writer { return io.MultiWriter(logged.from(process), w) }

// logged is what this process and its children have logged.
var logged journal

// journal keeps lines. It is safe for concurrent use.
type journal struct {
	mu      sync.Mutex
	sources []*source
}

// source is where lines come from.
type source struct {
	journal *journal
	name    string
	lines   bytes.Buffer
}

func (j *journal) from(name string) *source {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &source{journal: j, name: name}
	j.sources = append(j.sources, s)
	return s
}

// Write implements io.Writer.
func (s *source) Write(b []byte) (int, error) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.lines.Write(b)
}

// logger writes to the journal, and all but debug lines, masked, to w. It takes package log's lines too.
func (j *journal) logger(b redact.Book, w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(io.MultiWriter(j.from(""), louder{b, w}), &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
}

// louder leaves out debug lines and masks the others; a handler writes each line at once.
type louder struct {
	redact.Book
	w io.Writer
}

func (l louder) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(" level=DEBUG ")) {
		return len(b), nil
	}
	_, masked := l.Read(string(b))
	if _, err := io.WriteString(l.w, masked); err != nil {
		return 0, err
	}
	return len(b), nil
}

// replied begins the line by which a command replies to whoever typed it. That
// is no line of a log, and in their language: its Chinese is let pass.
const replied = "xinyu: "

// atMost bounds the report: the first lines show the fault.
const atMost = 20

// report is the lines that hold what they must not, masked, or "".
func (j *journal) report(b redact.Book) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var report strings.Builder
	found := 0
	for _, s := range j.sources {
		for n, line := range strings.Split(s.lines.String(), "\n") {
			if strings.HasPrefix(line, replied) {
				line = chinese.ReplaceAllString(line, "")
			}
			what, masked := b.Read(line)
			if what == "" {
				continue
			}
			if found++; found > atMost {
				continue
			}
			place := "logged here" // the line names its place in the code
			if s.name != "" {
				place = fmt.Sprintf("line %d of %s", n+1, s.name)
			}
			fmt.Fprintf(&report, "logwatch: the log holds %s (%s): %.400s\n", what, place, masked)
		}
	}
	if found > atMost {
		fmt.Fprintf(&report, "logwatch: and %d lines more\n", found-atMost)
	}
	return report.String()
}
