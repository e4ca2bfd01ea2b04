package message

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

const (
	testAppID  = "wxtest"
	testSecret = "the-secret-of-messages"
)

// NewQueue makes the call queue of the tests; queue_test.go sets it.
var NewQueue func(*store.Store) Calls

// bundle is an outbox with a sender, and the emulated WeChat that it sends to.
type bundle struct {
	*storetest.Fixture
	t         *testing.T
	st        *store.Store
	clock     *storetest.Clock
	outbox    *Outbox
	ledger    *Ledger
	queue     Calls
	followers *Followers
	wechat    *emulator.Emulator
	client    *wechat.Client
	account   *emulator.Official
	calls     atomic.Int64 // that reached WeChat, or a WeChat that is down
	sender    *Sender
	official  Channel
	serial    model.ID
}

// breakerOpenFor is how long a breaker stays open, in real time: the library that has them reads the system's clock.
const breakerOpenFor = 50 * time.Millisecond

func each(t *testing.T, test func(t *testing.T, o *bundle)) {
	t.Helper()
	storetest.EachAt(t, start, func(t *testing.T, st *store.Store, clock *storetest.Clock) { test(t, setup(t, st, clock)) })
}

func setup(t *testing.T, st *store.Store, clock *storetest.Clock) *bundle {
	t.Helper()
	queue := NewQueue(st)
	o := &bundle{Fixture: storetest.NewFixture(t, st), t: t, st: st, clock: clock, outbox: New(st, queue), ledger: newLedger(st), queue: queue}
	o.wechat = emulator.New(emulator.Options{AppID: testAppID, Secret: testSecret, Clock: st.Now})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.calls.Add(1)
		o.wechat.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o.client = wechat.New(wechat.Config{AppID: testAppID, Secret: testSecret, BaseURL: server.URL, OpenFor: breakerOpenFor})
	t.Cleanup(o.client.Close)
	o.account = emulator.NewOfficial(emulator.OfficialOptions{AppID: "wxofficial", Secret: testSecret, MiniProgram: testAppID})
	face := httptest.NewServer(o.account)
	t.Cleanup(face.Close)
	client := wechat.NewOfficial(wechat.OfficialConfig{MiniProgram: testAppID,
		Config: wechat.Config{AppID: "wxofficial", Secret: testSecret, BaseURL: face.URL, OpenFor: breakerOpenFor}})
	t.Cleanup(client.Close)
	o.official = client
	o.followers = NewFollowers(st, identity.Directory{}, client)
	o.sender = o.newSender(Options{})
	return o
}

func (o *bundle) newSender(opts Options) *Sender {
	opts.Templates, opts.MiniProgram = DemoTemplates(), o.client
	opts.Official, opts.Followers = o.official, o.followers
	return NewSender(o.st, o.ledger, o.queue, NewChecks(o.st, identity.Directory{}), opts)
}

// person is an account that has allowed n messages of the kind.
func (o *bundle) person(kind string, n int) model.ID {
	o.t.Helper()
	id := o.Account().AccountID
	o.allow(id, kind, n)
	return id
}

func openID(account model.ID) string { return "o" + account.String() }

func (o *bundle) allow(account model.ID, kind string, n int) {
	o.t.Helper()
	template := DemoTemplates().miniProgram(kind).ID
	o.wechat.Accept(openID(account), template, n)
	o.tx(func(tx *gorm.DB) error {
		for range n {
			if err := o.ledger.Apply(tx, openID(account), template, Accepted); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *bundle) tx(fn func(tx *gorm.DB) error) {
	o.t.Helper()
	require.NoError(o.t, o.st.Tx(o.t.Context(), fn))
}

// message is one that is due, with an hour until its cut-off.
func (o *bundle) message(kind string, to model.ID) Message {
	o.serial++
	now := o.st.Now()
	return Message{Kind: kind, CauseKind: "booking", CauseID: o.serial, RecipientID: to, SendAfter: now, CutoffAt: now.Add(time.Hour),
		Payload: map[string]any{"bookingId": o.serial, "startsAt": now.Add(time.Hour)}}
}

func (o *bundle) write(messages ...Message) {
	o.t.Helper()
	o.tx(func(tx *gorm.DB) error { return o.outbox.Enqueue(tx, messages...) })
}

func (o *bundle) turn() {
	o.t.Helper()
	_, err := o.sender.Turn(o.t.Context())
	require.NoError(o.t, err)
}

// row is the one message to the recipient.
func (o *bundle) row(to model.ID) model.OutboxMessage {
	o.t.Helper()
	var rows []model.OutboxMessage
	require.NoError(o.t, o.st.Read(o.t.Context()).Where("recipient_id = ?", to).Find(&rows).Error)
	require.Len(o.t, rows, 1)
	return rows[0]
}

func (o *bundle) mustBe(to model.ID, status model.OutboxStatus, reason string, sent, calls int) {
	o.t.Helper()
	row := o.row(to)
	require.Equal(o.t, status, row.Status)
	require.Equal(o.t, reason, row.LastError)
	require.Len(o.t, o.wechat.SentTo(openID(to)), sent)
	require.Equal(o.t, calls, o.Count(&model.CallTask{}, "recipient_id = ? AND done_at IS NULL", to))
}
