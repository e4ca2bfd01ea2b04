package main

import (
	"context"
	"sync"
	"time"

	"xinyu/service/platform/job"
)

// startJobs runs the recurring tasks and sends messages until the app is closed. Any number of
// replicas may: each run, and each message, is claimed through the database.
func startJobs(_ context.Context, a *app) error {
	runner := job.New(a.store, job.Options{})
	a.services.Jobs(runner)
	if a.demo != nil {
		runner.Add("demo-upkeep", time.Hour, a.demo.Upkeep)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { runner.Run(ctx) })
	running.Go(func() { a.services.Sender.Run(ctx) })
	a.onClose(func() error {
		stop()
		running.Wait()
		return nil
	})
	return nil
}
