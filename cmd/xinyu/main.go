// Command xinyu is the whole system in one binary: the API, the jobs, and the
// commands of those who run it. `xinyu help` prints the list.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"xinyu/service/platform/redact"
)

// gcPercent lets the heap, which is small, grow to three times what is in use
// before it is collected: a tenth of the CPU under load for some memory.
const gcPercent = 200

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a second signal ends the program at once
	slog.SetDefault(newLogger(os.Stderr))
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	os.Exit(exitCode(err, os.Stderr))
}

// errUsage marks a command line that cannot be understood.
var errUsage = errors.New("see `xinyu help`")

// exitCode tells the shell how the program ended: 0 well, 2 the command line
// is wrong, 1 anything else. The error is printed as one line.
func exitCode(err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, "xinyu:", err) // nobody is left to tell of a broken stderr
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

// newLogger writes lines for people at a terminal, and JSON for machines. What
// no log may hold is masked.
func newLogger(f *os.File) *slog.Logger {
	var handler slog.Handler = slog.NewJSONHandler(f, nil)
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		handler = slog.NewTextHandler(f, nil)
	}
	return slog.New(redact.New(handler))
}
