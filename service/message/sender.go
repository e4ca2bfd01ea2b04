package message

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Options shape a Sender; zero values mean the defaults.
type Options struct {
	Templates Templates
	// MiniProgram and Official carry the letters; nil is a channel that is not set up.
	MiniProgram Channel
	Official    Channel
	Followers   Followers // nil: nobody follows
	// Batch is how many rows are claimed at once; default 256.
	Batch int
	// Group is how many letters share the commits around their sending; default 16.
	Group int
	// Groups is how many groups are on their way at once; default 2.
	Groups int
	// Lease is how long a claim, and a letter on its way, may take: well over
	// the deadline of a call to WeChat. Default 1 minute.
	Lease time.Duration
	// Poll is the time between two looks at an empty outbox; default 2 s.
	Poll time.Duration
}

func (o Options) withDefaults() Options {
	if o.Batch == 0 {
		o.Batch = 256
	}
	if o.Group == 0 {
		o.Group = 16
	}
	if o.Groups == 0 {
		o.Groups = 2
	}
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	return o
}

// Check tells which of the rows, all of one kind, are not to be sent any more:
// the covered need no nudge. It runs shortly before they would be sent.
type Check func(ctx context.Context, rows []model.OutboxMessage) (over map[model.ID]bool, err error)

// Sender sends what is due. Any number may run, in any number of processes.
type Sender struct {
	store   *store.Store
	credits *Credits
	opts    Options
	checks  map[string]Check
	rest    rest
	// probes are the templates of letters to nobody.
	probes struct{ miniProgram, official []string }
}

// NewSender makes a Sender.
func NewSender(st *store.Store, credits *Credits, opts Options) *Sender {
	s := &Sender{store: st, credits: credits, opts: opts.withDefaults(), checks: map[string]Check{}}
	s.probes.miniProgram, s.probes.official = opts.Templates.IDs()
	return s
}

// Check sets the check of a kind of message. Call it before Run.
func (s *Sender) Check(kind string, check Check) { s.checks[kind] = check }

// Run sends until ctx ends; it returns when what is on its way is noted.
func (s *Sender) Run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := s.Turn(ctx)
		wait := s.opts.Poll
		if err != nil && ctx.Err() == nil {
			slog.Warn("send messages", "err", err)
		} else if n > 0 && s.rest.over(s.store.Now()) {
			wait = 0 // there may be more
		}
		// A little disorder keeps replicas from asking all at the same moment.
		timer := time.NewTimer(wait + rand.N(wait/4+time.Millisecond)) //nolint:gosec // spreads replicas out; nothing secret
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Turn tidies up, claims one batch, and sees it through; it answers how many
// rows it claimed. What is not begun when ctx ends goes back.
func (s *Sender) Turn(ctx context.Context) (int, error) {
	if err := s.sweep(ctx); err != nil {
		return 0, err
	}
	switch now := s.store.Now(); {
	case !s.rest.over(now):
		return 0, s.handOver(ctx)
	case s.rest.probing() && !s.probe(ctx):
		return 0, s.handOver(ctx)
	}
	rows, err := s.claim(ctx, s.opts.Batch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return len(rows), s.sendAll(ctx, rows)
}

// sendAll sends the claimed rows in groups, a few groups at a time.
func (s *Sender) sendAll(ctx context.Context, rows []model.OutboxMessage) error {
	var running sync.WaitGroup
	slots := make(chan struct{}, s.opts.Groups)
	var failed error
	var mu sync.Mutex
	for len(rows) > 0 && ctx.Err() == nil && s.rest.over(s.store.Now()) {
		group := rows[:min(len(rows), s.opts.Group)]
		rows = rows[len(group):]
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			if err := s.sendGroup(ctx, group); err != nil {
				mu.Lock()
				failed = err
				mu.Unlock()
			}
		})
	}
	running.Wait()
	// A stop, or WeChat gone: the others may have them now.
	if err := s.release(ctx, rows); err != nil && failed == nil {
		failed = err
	}
	return failed
}

// sendGroup sees some rows through. Once they are noted as being sent, the end
// of ctx changes nothing any more.
func (s *Sender) sendGroup(ctx context.Context, rows []model.OutboxMessage) error {
	letters, err := s.prepare(ctx, rows)
	if err != nil {
		return errors.Join(err, s.release(ctx, rows))
	}
	if len(letters) == 0 {
		return nil
	}
	lasting := context.WithoutCancel(ctx)
	var running sync.WaitGroup
	for i := range letters {
		running.Go(func() { letters[i].answer, letters[i].reason = s.send(lasting, letters[i]) })
	}
	running.Wait()
	s.rest.heed(letters, s.store.Now())
	return s.note(lasting, letters)
}

// prepare plans the rows and answers the letters that are noted as on their way.
func (s *Sender) prepare(ctx context.Context, rows []model.OutboxMessage) ([]letter, error) {
	plans, err := s.plan(ctx, rows)
	if err != nil {
		return nil, err
	}
	return s.begin(ctx, plans)
}

// send sends one letter, unless its time has passed in this very moment.
func (s *Sender) send(ctx context.Context, l letter) (Answer, string) {
	if !s.store.Now().Before(l.row.CutoffAt) {
		return NotSent, reasonLate
	}
	return l.channel.Send(ctx, l.Letter)
}
