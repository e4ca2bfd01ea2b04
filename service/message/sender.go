package message

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"xinyu/model"
	"xinyu/service/platform/backoff"
	"xinyu/service/platform/store"
)

// Sender sends what is due. Any number may run, in any number of processes.
type Sender struct{ delivering }

// NewSender makes a Sender.
func NewSender(st *store.Store, ledger *Ledger, calls Calls, checks *Checks, opts Options) *Sender {
	return &Sender{delivering{store: st, ledger: ledger, calls: calls, checks: checks, opts: opts.withDefaults()}}
}

// Run sends until ctx ends; it returns when what is on its way is recorded.
func (s *Sender) Run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := s.Turn(ctx)
		wait := s.opts.Poll
		if err != nil && ctx.Err() == nil {
			slog.Warn("send messages", "err", err)
		} else if n > 0 && !s.outage.paused(s.store.Now()) {
			wait = 0 // there may be more
		}
		// Jitter keeps replicas from asking all at the same moment.
		_ = backoff.Sleep(ctx, wait+rand.N(wait/4+time.Millisecond)) //nolint:gosec // spreads replicas out; nothing secret
	}
}

// Turn ends what has expired, claims one batch, and sends it; it returns how many
// rows it claimed. What is not started when ctx ends goes back.
func (s *Sender) Turn(ctx context.Context) (int, error) {
	if err := s.expire(ctx); err != nil {
		return 0, err
	}
	if s.outage.paused(s.store.Now()) || s.outage.failing() && !s.probe(ctx) {
		return 0, s.callInTime(ctx)
	}
	rows, err := s.claim(ctx, s.opts.Batch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return len(rows), s.sendAll(ctx, rows)
}

// sendAll sends the claimed rows in groups, a few groups at a time.
func (s *Sender) sendAll(ctx context.Context, rows []model.OutboxMessage) error {
	var running errgroup.Group
	running.SetLimit(s.opts.Groups)
	for len(rows) > 0 && ctx.Err() == nil && !s.outage.paused(s.store.Now()) {
		group := rows[:min(len(rows), s.opts.Group)]
		rows = rows[len(group):]
		running.Go(func() error { return s.sendGroup(ctx, group) })
	}
	// After a stop, or in an outage of WeChat, others may have the rest now.
	return errors.Join(running.Wait(), s.release(ctx, rows))
}

// sendGroup plans, sends and records some rows. Once they are noted as being sent, the end
// of ctx changes nothing any more.
func (s *Sender) sendGroup(ctx context.Context, rows []model.OutboxMessage) error {
	attempts, err := s.prepare(ctx, rows)
	if err != nil {
		return errors.Join(err, s.release(ctx, rows))
	}
	if len(attempts) == 0 {
		return nil
	}
	lasting := context.WithoutCancel(ctx)
	var running sync.WaitGroup
	results := make([]Result, len(attempts))
	for i := range attempts {
		running.Go(func() {
			results[i], attempts[i].reason = s.send(lasting, attempts[i])
			attempts[i].result = results[i]
		})
	}
	running.Wait()
	s.outage.note(results, s.store.Now())
	return s.record(lasting, attempts)
}

// prepare plans the rows and returns the attempts that are noted as on their way.
func (s *Sender) prepare(ctx context.Context, rows []model.OutboxMessage) ([]attempt, error) {
	plans, err := s.plan(ctx, rows)
	if err != nil {
		return nil, err
	}
	return s.start(ctx, plans)
}

// send sends one attempt, unless its time has passed in this very moment.
func (s *Sender) send(ctx context.Context, a attempt) (Result, string) {
	if !s.store.Now().Before(a.row.CutoffAt) {
		return NotSent, reasonLate
	}
	return resultOf(a.channel.Send(ctx, a.Message))
}
