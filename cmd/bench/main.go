package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// timeLimit bounds each command once the product is built, whatever hangs.
const timeLimit = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: bench bench [-only NAME,…] [-rounds N] [-profile FILE] | bench faults [-only NAME,…]")

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	var opts options
	flags.Var(&opts.only, "only", "measure these alone, comma-separated")
	flags.IntVar(&opts.rounds, "rounds", 5, "how often each pair is measured")
	flags.IntVar(&opts.conns, "conns", 2000, "connections of the load")
	flags.StringVar(&opts.profile, "profile", "", "write the server's CPU profile to this file")
	dsn := flags.String("dsn", "", "the baseline's database")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "bench", "faults":
		remove, err := opts.build(ctx) // not part of the time limit: the first build on a machine takes minutes
		if err != nil {
			return err
		}
		defer func() { _ = remove() }()
		ctx, cancel := context.WithTimeoutCause(ctx, timeLimit, fmt.Errorf("took longer than %s", timeLimit))
		defer cancel()
		if err := raiseFileLimit(); err != nil {
			return err
		}
		command := bench
		if args[0] == "faults" {
			command = faults
		}
		err = command(ctx, opts, &printer{out: out})
		if cause := context.Cause(ctx); cause != nil {
			err = errors.Join(cause, err)
		}
		return err
	case "serve-json":
		return serveBaseline(ctx, out, jsonBaseline())
	case "serve-tx":
		handler, err := txBaseline(*dsn)
		if err != nil {
			return err
		}
		return serveBaseline(ctx, out, handler)
	}
	return errUsage
}

// raiseFileLimit lets this process and its children hold ten thousand connections.
func raiseFileLimit() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	return nil
}
