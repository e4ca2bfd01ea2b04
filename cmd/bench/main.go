package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// timeLimit bounds each command once the product is built, whatever hangs.
const timeLimit = 10 * time.Minute

var errUsage = errors.New("usage: bench bench [-only NAME,…] [-rounds N] | bench faults [-only NAME,…]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch command := args[0]; {
	case command == "bench":
		return measure(ctx, args, out, bench)
	case command == "faults":
		return measure(ctx, args, out, faults)
	case command == serveJSON && len(args) == 2:
		return serveBaseline(ctx, args[1], jsonBaseline())
	case command == serveTx && len(args) == 3:
		return serveTxBaseline(ctx, args[1], args[2])
	}
	return errUsage
}

// measure runs a command on a rig that is taken down after it.
func measure(ctx context.Context, args []string, out io.Writer, command func(context.Context, *rig)) (err error) {
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	only := flags.String("only", "", "measure these alone, comma-separated")
	rounds := flags.Int("rounds", 5, "how often each pair is measured")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	r := &rig{printer: printer{out: out}, rounds: *rounds}
	if *only != "" {
		r.only = strings.Split(*only, ",")
	}
	defer func() { err = errors.Join(err, r.close()) }()
	return catch(func() {
		r.build(ctx) // not part of the time limit: the first build on a machine takes minutes
		ctx, cancel := context.WithTimeoutCause(ctx, timeLimit, fmt.Errorf("took longer than %s", timeLimit))
		defer cancel()
		err := catch(func() { command(ctx, r) })
		check(errors.Join(context.Cause(ctx), err, r.err()))
	})
}

// failure is what ends a measurement: check panics with it, catch returns it.
type failure struct{ error }

// check ends the measurement where there is an error. It is for the goroutine
// that runs the measurement only.
func check(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// must is check for a call that returns a value beside its error.
func must[T any](value T, err error) T {
	check(err)
	return value
}

// catch runs a measurement, or a part of one, and returns what ended it early.
func catch(run func()) (err error) {
	defer func() {
		switch ended := recover().(type) {
		case nil:
		case failure:
			err = ended.error
		default:
			panic(ended)
		}
	}()
	run()
	return nil
}
