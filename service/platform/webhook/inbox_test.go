package webhook

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var start = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

// bundle is a database with a clock and a sender.
type bundle struct {
	t      *testing.T
	store  *store.Store
	clock  *storetest.Clock
	sender emulator.WebhookSettings
}

// each runs the test on each database.
func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	storetest.EachAt(t, start, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		test(&bundle{t: t, store: st, clock: clock, sender: emulator.NewWebhookSettings("wxtest", "")})
	})
}

// replica is an Inbox over the database; handle gets the permissions.
func (b *bundle) replica(handle Handler) *Inbox {
	b.t.Helper()
	r, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{App: wechat.MiniProgram, AppID: "wxtest", Token: b.sender.Token, AESKey: b.sender.AESKey, Clock: b.store.Now})
	require.NoError(b.t, err)
	handlers := map[wechat.EventKind]Handler{}
	if handle != nil {
		handlers[wechat.EventPermissions] = handle
	}
	inbox := New(b.store, []*wechat.WebhookReceiver{r}, handlers)
	b.t.Cleanup(inbox.Close)
	return inbox
}

func (b *bundle) send(to *Inbox, message string) error {
	b.t.Helper()
	query, body := b.sender.Seal(message, b.clock.Now())
	return to.Receive(b.t.Context(), query, body)
}

func (b *bundle) rows() (rows []model.WebhookEvent) {
	b.t.Helper()
	require.NoError(b.t, b.store.Read(b.t.Context()).Order("id").Find(&rows).Error)
	return rows
}

func accept(openID string) string {
	return emulator.PermissionsEvent(openID, start, "t1", "accept")
}

func TestRacingRepeatsOfAPushAreHandledOnce(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		var handled atomic.Int32
		// What the handler writes counts, not how often it was tried.
		count := func(tx *gorm.DB, e wechat.Event) error {
			res := tx.Model(&model.Job{}).Where("name = ?", "count").Update("last_error", gorm.Expr("last_error + 1"))
			handled.Add(1)
			return res.Error
		}
		storetest.NewFixture(b.t, b.store).Insert(&model.Job{Name: "count", LastError: "0", DueAt: start})
		replicas := []*Inbox{b.replica(count), b.replica(count), b.replica(count)}
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				message := accept("oPerson" + string(rune('A'+i%10)))
				if err := b.send(replicas[i%3], message); err != nil {
					b.t.Error(err)
				}
				if err := replicas[(i+1)%3].Work(b.t.Context()); err != nil {
					b.t.Error(err)
				}
			})
		}
		wg.Wait()
		require.NoError(b.t, replicas[0].Work(b.t.Context()))
		rows := b.rows()
		require.Len(b.t, rows, 10)
		for _, r := range rows {
			require.Equal(b.t, model.WebhookDone, r.Status)
		}
		var job model.Job
		require.NoError(b.t, b.store.Read(b.t.Context()).Take(&job, "name = ?", "count").Error)
		require.Equal(b.t, "10", job.LastError)
		require.GreaterOrEqual(b.t, handled.Load(), int32(10))
	})
}

func TestWhatACrashLeftBehindIsDoneByAnother(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		dying := b.replica(nil)
		dying.Close() // it takes pushes, but works nothing off
		require.NoError(b.t, b.send(dying, accept("oA")))
		require.Equal(b.t, model.WebhookPending, b.rows()[0].Status)

		var got []wechat.Event
		other := b.replica(func(_ *gorm.DB, e wechat.Event) error { got = append(got, e); return nil })
		require.NoError(b.t, other.Work(b.t.Context()))
		require.Len(b.t, got, 1)
		require.Equal(b.t, "oA", got[0].OpenID)
		require.Equal(b.t, []wechat.Permission{{TemplateID: "t1", Accepted: true}}, got[0].Permissions)
		require.Equal(b.t, start, got[0].At)
	})
}

func TestAFailedEventIsTriedAgainLaterAndGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tries := 0
		failing := b.replica(nil)
		failing.Close()
		failing.handlers[wechat.EventPermissions] = func(tx *gorm.DB, _ wechat.Event) error {
			tries++
			require.NoError(b.t, tx.Create(&model.Job{Name: "trace", DueAt: start}).Error)
			return errors.New("not yet")
		}
		require.NoError(b.t, b.send(failing, accept("oA")))
		require.NoError(b.t, failing.Work(b.t.Context()))
		require.NoError(b.t, failing.Work(b.t.Context()))
		require.Equal(b.t, 1, tries, "not before its time")
		var n int64
		require.NoError(b.t, b.store.Read(b.t.Context()).Model(&model.Job{}).Where("name = ?", "trace").Count(&n).Error)
		require.Zero(b.t, n, "what the handler did is undone")
		for range 2 * maxTries {
			b.clock.Advance(time.Hour)
			require.NoError(b.t, failing.Work(b.t.Context()))
		}
		require.Equal(b.t, maxTries, tries)
		require.Equal(b.t, model.WebhookFailed, b.rows()[0].Status)
	})
}

func TestAReplayIsKnownForLongerThanItsSignatureIsGood(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		handled := 0
		inbox := b.replica(nil)
		inbox.Close()
		inbox.handlers[wechat.EventPermissions] = func(*gorm.DB, wechat.Event) error { handled++; return nil }
		query, body := b.sender.Seal(accept("oA"), b.clock.Now())
		for range 3 {
			require.NoError(b.t, inbox.Receive(b.t.Context(), query, body))
			require.NoError(b.t, inbox.Work(b.t.Context()))
			require.NoError(b.t, inbox.Prune(b.t.Context()))
			b.clock.Advance(2 * time.Minute)
		}
		require.Equal(b.t, 1, handled)
		require.Equal(b.t, wechat.RefusedTimestamp, inbox.Receive(b.t.Context(), query, body))
		b.clock.Advance(keepFor)
		require.NoError(b.t, inbox.Prune(b.t.Context()))
		require.Empty(b.t, b.rows())
	})
}

func TestWhatNobodyReadsIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		inbox := b.replica(nil)
		inbox.Close()
		require.NoError(b.t, b.send(inbox, emulator.MediaEvent("oA", start, "wxtest", "trace-1", "risky")))
		require.NoError(b.t, b.send(inbox, `{"FromUserName":"oA","CreateTime":1,"MsgType":"event","Event":"unheard_of"}`))
		require.NoError(b.t, inbox.Work(b.t.Context()))
		rows := b.rows()
		require.Len(b.t, rows, 1, "an unknown event leaves nothing behind")
		require.Equal(b.t, model.WebhookIgnored, rows[0].Status)
		require.Contains(b.t, rows[0].Payload, "trace-1")
	})
}

func TestAFailureIsNotARefusal(t *testing.T) {
	t.Parallel()
	b := &bundle{t: t, clock: storetest.NewClock(start), sender: emulator.NewWebhookSettings("wxtest", "")}
	b.store = storetest.SQLite(t, storetest.WithClock(b.clock.Now))
	inbox := b.replica(nil)
	require.NoError(t, b.store.Pool().Close())
	err := b.send(inbox, accept("oA"))
	require.Error(t, err)
	require.False(t, errors.As(err, new(wechat.Refusal)), "WeChat must send it again")
}
