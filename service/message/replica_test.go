package message

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// replicaEnv makes this test's program a replica that sends until it is told
// to stop, or killed.
const replicaEnv = "XINYU_NOTIFY_TEST_REPLICA"

// replicaSetting is what such a replica works on.
type replicaSetting struct{ DSN, WeChat string }

// testLease is short, so that the test need not wait long for the dead.
const testLease = 10 * time.Second

func runReplica() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := replica(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// What /metrics would show, for the test to hold against the rows.
	fmt.Println("uncertain", counted(model.OutboxUncertain))
	return 0
}

func replica(ctx context.Context) error {
	var setting replicaSetting
	if err := json.Unmarshal([]byte(os.Getenv(replicaEnv)), &setting); err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Options{DSN: setting.DSN})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	if err := st.Start(ctx); err != nil {
		return err
	}
	client := wechat.New(wechat.Config{AppID: testAppID, Secret: testSecret, BaseURL: setting.WeChat})
	defer client.Close()
	sender := NewSender(st, newLedger(st), NewQueue(st), NewChecks(st, identity.Directory{}), Options{Templates: DemoTemplates(), MiniProgram: client, Batch: 128, Groups: 4, Lease: testLease, Poll: 100 * time.Millisecond})
	fmt.Println("ready")
	sender.Run(ctx)
	return nil
}

// counted is what /metrics shows of the reminders with the result.
func counted(result model.OutboxStatus) string {
	registry := prometheus.NewRegistry()
	registry.MustRegister(Metrics()...)
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	name := fmt.Sprintf("xinyu_messages_total{channel=%q,kind=%q,result=%q} ", channelMiniProgram, KindBookingHour, result)
	for line := range strings.Lines(page.Body.String()) {
		if n, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(n)
		}
	}
	return "0"
}

// process is a replica of its own, with all that dies with one.
type process struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func startReplica(t *testing.T, setting replicaSetting) *process {
	t.Helper()
	content, err := json.Marshal(setting)
	require.NoError(t, err)
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), replicaEnv+"="+string(content))
	p.cmd.Stderr = logwatch.Tee("a replica", io.Discard)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	require.True(t, p.out.Scan(), "a replica did not start")
	require.Equal(t, "ready", p.out.Text())
	return p
}

const due = 10_000

// Ten thousand reminders, three replicas, two of which are killed while they
// send: the emulator's own record proves that everyone whose row says so got
// one, nobody got two, and only rows marked uncertain leave it open.
func TestTenThousandRemindersSurviveTwoCrashes(t *testing.T) {
	t.Parallel()
	dsn := storetest.MariaDBDSN(t)
	st, err := store.Open(t.Context(), store.Options{DSN: dsn})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, st.Start(t.Context()))
	wx := emulator.New(emulator.Options{AppID: testAppID, Secret: testSecret})
	wx.SetMode(emulator.ModeSlow(500 * time.Millisecond)) // so that a replica is nearly always sending when it dies
	server := httptest.NewServer(http.Handler(wx))
	t.Cleanup(server.Close)
	people := seedDue(t, st, wx)
	setting := replicaSetting{DSN: dsn, WeChat: server.URL}
	replicas := []*process{startReplica(t, setting), startReplica(t, setting), startReplica(t, setting)}
	var died [2]time.Time
	for i, at := range []int{1500, 2500} {
		require.Eventually(t, func() bool { return len(wx.Sent()) >= at }, 2*time.Minute, 5*time.Millisecond)
		require.NoError(t, replicas[i].cmd.Process.Kill())
		_ = replicas[i].cmd.Wait()
		died[i] = time.Now()
	}
	wx.SetMode(emulator.ModeSlow(100 * time.Millisecond))
	left := func() bool {
		var n int64
		open := []model.OutboxStatus{model.OutboxPending, model.OutboxClaimed, model.OutboxSending}
		return st.Read(t.Context()).Model(&model.OutboxMessage{}).Where("status IN ?", open).Count(&n).Error == nil && n == 0
	}
	require.Eventually(t, left, 4*time.Minute, 100*time.Millisecond)
	last := replicas[2]
	require.NoError(t, last.cmd.Process.Signal(syscall.SIGTERM))
	require.True(t, last.out.Scan())
	told := last.out.Text()
	require.NoError(t, last.cmd.Wait())
	uncertain := mustMatchTheRecord(t, st, wx, people)
	var n, leased int64
	_, err = fmt.Sscanf(told, "uncertain %d", &n)
	require.NoError(t, err)
	require.NoError(t, st.Read(t.Context()).Model(&model.OutboxMessage{}).Where("last_error = ?", reasonLease).Count(&leased).Error)
	require.LessOrEqual(t, n, int64(uncertain))
	if died[1].Sub(died[0]) < testLease { // else the second to die may have counted some of the first one's, as it did those without a reply
		require.GreaterOrEqual(t, n, leased, "each row of the dead is counted")
	}
	require.Positive(t, uncertain, "neither replica was killed between sending and noting: send slower")
	t.Logf("sent %d, uncertain %d", len(wx.Sent()), uncertain)
}

// The tenths of those who are due: the last two must get nothing.
const (
	tenth     = due / 10
	lateFrom  = due - 2*tenth
	takenFrom = due - tenth
)

// seedDue writes the accounts, each with permission for one message, and their
// reminders: of the last tenths one is past its cut-off, one taken back.
func seedDue(t *testing.T, st *store.Store, wx *emulator.Emulator) []model.ID {
	t.Helper()
	now := st.Now()
	template := DemoTemplates().miniProgram(KindBookingHour).ID
	people := make([]model.ID, due)
	accounts, credits, messages := make([]model.Account, due), make([]model.MessageCredit, due), make([]Message, due)
	for i := range people {
		id := st.NewID()
		people[i] = id
		accounts[i] = model.Account{ID: id, OpenID: openID(id), CreatedAt: now, LastLoginAt: now}
		credits[i] = model.MessageCredit{AccountID: id, TemplateID: template, Credits: 1, UpdatedAt: now}
		messages[i] = Message{Kind: KindBookingHour, CauseKind: "booking", CauseID: id, RecipientID: id, SendAfter: now, CutoffAt: now.Add(time.Hour)}
		if i >= lateFrom && i < takenFrom {
			messages[i].CutoffAt = now
		}
		wx.Accept(openID(id), template, 2) // WeChat would take a second one: only we keep from sending it
	}
	outbox := New(st, NewQueue(st))
	require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
		if err := tx.CreateInBatches(&accounts, 500).Error; err != nil {
			return err
		}
		if err := tx.CreateInBatches(&credits, 500).Error; err != nil {
			return err
		}
		if err := outbox.Enqueue(tx, messages...); err != nil {
			return err
		}
		for _, id := range people[takenFrom:] {
			if err := outbox.Drop(tx, "booking", id); err != nil {
				return err
			}
		}
		return nil
	}))
	return people
}

// mustMatchTheRecord holds every row against what arrived on the phones.
func mustMatchTheRecord(t *testing.T, st *store.Store, wx *emulator.Emulator, people []model.ID) (uncertain int) {
	t.Helper()
	arrived := map[string]int{}
	for _, m := range wx.Sent() {
		arrived[m.OpenID]++
	}
	var rows []model.OutboxMessage
	require.NoError(t, st.Read(t.Context()).Find(&rows).Error)
	require.Len(t, rows, due)
	status := map[model.ID]model.OutboxMessage{}
	for _, r := range rows {
		status[r.RecipientID] = r
	}
	var faults []string
	for i, who := range people {
		row, n := status[who], arrived[openID(who)]
		ok := false
		switch {
		case i >= takenFrom:
			ok = row.Status == model.OutboxDropped && row.LastError == reasonCauseGone && n == 0
		case i >= lateFrom:
			ok = row.Status == model.OutboxDropped && row.LastError == reasonLate && n == 0
		case row.Status == model.OutboxUncertain:
			ok = n <= 1
			uncertain++
		default:
			ok = row.Status == model.OutboxSent && n == 1
		}
		if !ok {
			faults = append(faults, fmt.Sprintf("%s (%s): arrived %d times", row.Status, row.LastError, n))
		}
	}
	require.Empty(t, faults[:min(len(faults), 10)], strings.Repeat("!", min(len(faults), 1)))
	return uncertain
}
