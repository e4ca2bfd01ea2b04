// Package webhook keeps what WeChat pushes until it is worked off. A webhook call is
// committed before it is responded to, so that WeChat has its response in time and
// a crash loses nothing; then, in one transaction, it is marked as done and
// its handler does what follows from it: once, whatever is repeated.
package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/backoff"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

// Handler does what follows from an event, in tx. It may be called again
// after an error, when tx is rolled back. No network call belongs in it, and
// no personal data in its error.
type Handler func(tx *gorm.DB, e wechat.Event) error

const (
	// maxTries is how often an event is tried before it is given up: for
	// about a day, at intervals that double up to an hour.
	maxTries = 32
	// keepFor is how long a row is kept: far longer than pushes are accepted
	// after they were signed, so that no replay is taken for new.
	keepFor = 7 * 24 * time.Hour
	// atOnce is how many events one look at the table takes.
	atOnce = 100
)

var taken = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "xinyu_wechat_pushes_total", Help: "Pushes of WeChat's, by what became of them: taken, repeated, unread or the reason of a refusal.",
}, []string{"result"})

var deliveries = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "xinyu_wechat_deliveries_total", Help: "Subscribe messages that WeChat had taken, by what it reports of them: arrived or failed.",
}, []string{"result"})

var failed = prometheus.NewCounter(prometheus.CounterOpts{
	Name: "xinyu_wechat_pushes_failed_total", Help: "Pushes that were taken and then given up after many tries.",
})

// Metrics are the collectors of this package.
func Metrics() []prometheus.Collector { return []prometheus.Collector{taken, deliveries, failed} }

// Inbox takes pushes and works them off. It is safe for concurrent use.
type Inbox struct {
	store     *store.Store
	receivers []*wechat.WebhookReceiver
	handlers  map[wechat.EventKind]Handler

	wake chan struct{}
	stop context.CancelFunc
	idle sync.WaitGroup
}

// New makes an Inbox for what the receivers open; without any, all webhook calls are
// refused. A kind without a handler is kept for a while and ignored. Close stops it.
func New(st *store.Store, receivers []*wechat.WebhookReceiver, handlers map[wechat.EventKind]Handler) *Inbox {
	all := map[wechat.EventKind]Handler{wechat.EventSent: countDeliveries}
	maps.Copy(all, handlers)
	ctx, stop := context.WithCancel(context.Background())
	b := &Inbox{store: st, receivers: receivers, handlers: all, wake: make(chan struct{}, 1), stop: stop}
	b.idle.Go(func() { b.run(ctx) })
	return b
}

// countDeliveries is what is done with the reports on messages where nobody
// asks for them.
func countDeliveries(_ *gorm.DB, e wechat.Event) error {
	for _, d := range e.Sent {
		result := "arrived"
		if d.Code != 0 {
			result = "failed"
		}
		deliveries.WithLabelValues(result).Inc()
	}
	return nil
}

// Close ends the work; what is not done yet stays in the table.
func (b *Inbox) Close() {
	b.stop()
	b.idle.Wait()
}

// On reports whether any programme has its webhook settings; a nil Inbox has none.
func (b *Inbox) On() bool { return b != nil && len(b.receivers) > 0 }

// run works off what comes in here. Work is the same for what other replicas
// have left behind.
func (b *Inbox) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		if err := b.Work(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("work off pushes", "err", err)
		}
	}
}

// put commits the event, unless it is there already.
func (b *Inbox) put(ctx context.Context, e wechat.Event) (fresh bool, err error) {
	payload, err := json.Marshal(e)
	if err != nil {
		return false, fmt.Errorf("encode push: %w", err)
	}
	err = b.store.Tx(ctx, func(tx *gorm.DB) error {
		now := b.store.Now()
		row := model.WebhookEvent{ID: b.store.NewID(), EventKey: e.Key, App: string(e.App), Kind: string(e.Kind), Payload: string(payload),
			Status: model.WebhookPending, DueAt: now, ReceivedAt: now}
		res := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "event_key"}}, DoNothing: true}).Create(&row)
		fresh = res.RowsAffected == 1
		return res.Error
	})
	return fresh, err
}

// Work does all that is due. It is also a job, for what a crash left behind
// and what must be tried again.
func (b *Inbox) Work(ctx context.Context) error {
	for {
		var rows []model.WebhookEvent
		err := b.store.Read(ctx).Where("status = ? AND due_at <= ?", model.WebhookPending, b.store.Now()).Order("due_at, id").Limit(atOnce).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := b.do(ctx, row); err != nil {
				return err
			}
		}
		if len(rows) < atOnce {
			return nil
		}
	}
}

// do works off one event. The conditional UPDATE claims it until the
// transaction ends, for this replica alone. Its error is the database's.
func (b *Inbox) do(ctx context.Context, row model.WebhookEvent) error {
	var event wechat.Event
	workErr := json.Unmarshal([]byte(row.Payload), &event)
	if workErr == nil {
		workErr = b.store.Tx(ctx, func(tx *gorm.DB) error {
			handle := b.handlers[event.Kind]
			set := map[string]any{"status": model.WebhookDone, "payload": "", "last_error": ""}
			if handle == nil {
				set = map[string]any{"status": model.WebhookIgnored} // its payload stays until it is pruned: it may be wanted yet
			}
			res := tx.Model(&model.WebhookEvent{}).Where("id = ? AND status = ?", row.ID, model.WebhookPending).Updates(set)
			if res.Error != nil || res.RowsAffected == 0 || handle == nil { // without a row, another replica has done it
				return res.Error
			}
			return handle(tx, event)
		})
	}
	if workErr == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if model.KindOf(workErr) == model.KindUnavailable {
		return workErr // the database is away: that is no fault of the event's
	}
	slog.Error("work off a push", "kind", row.Kind, "tries", row.Attempts+1, "err", workErr)
	return b.postpone(ctx, row)
}

// postpone sets when to try again, or gives up.
func (b *Inbox) postpone(ctx context.Context, row model.WebhookEvent) error {
	delay := backoff.Delay(10*time.Second, time.Hour, row.Attempts+1)
	set := map[string]any{"attempts": row.Attempts + 1, "due_at": b.store.Now().Add(delay), "last_error": "the handler failed; see the log"}
	if row.Attempts+1 >= maxTries {
		set["status"] = model.WebhookFailed
		failed.Inc()
	}
	_, err := b.store.ClaimDue(ctx, &model.WebhookEvent{}, store.Where("id = ? AND status = ?", row.ID, model.WebhookPending), "due_at", row.DueAt, set)
	return err
}

// Prune drops rows that can no longer be mistaken for new, but not those that
// are still to be done.
func (b *Inbox) Prune(ctx context.Context) error {
	return b.store.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Where("received_at < ? AND status <> ?", b.store.Now().Add(-keepFor), model.WebhookPending).Delete(&model.WebhookEvent{}).Error
	})
}
