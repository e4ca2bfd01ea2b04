package lesson

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/webhook"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// coverBundle is a lesson whose cover WeChat checks, and a family that sees it.
type coverBundle struct {
	*bundle
	wx      *emulator.Emulator
	pushes  emulator.WebhookSettings
	inbox   *webhook.Inbox
	manager model.Actor
	lesson  *model.Lesson
}

func eachWithCover(t *testing.T, test func(t *testing.T, g *coverBundle)) {
	t.Helper()
	each(t, func(t *testing.T, b *bundle) {
		g := &coverBundle{bundle: b, wx: emulator.New(emulator.Options{AppID: "wxtest", Secret: "secret-of-the-tests", Clock: b.clock.Now})}
		server := httptest.NewServer(g.wx)
		t.Cleanup(server.Close)
		client := wechat.New(wechat.Config{AppID: "wxtest", Secret: "secret-of-the-tests", BaseURL: server.URL})
		t.Cleanup(client.Close)
		b.svc.covers = CoverChecks{PublicURL: "https://xinyu.test", Ask: func(ctx context.Context, openID, url string) (string, error) {
			return client.CheckMedia(ctx, openID, wechat.SceneSocial, url)
		}}
		g.pushes = emulator.NewWebhookSettings("wxtest", "")
		receiver, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{App: wechat.MiniProgram, AppID: "wxtest", Token: g.pushes.Token, AESKey: g.pushes.AESKey, Clock: b.clock.Now})
		require.NoError(t, err)
		g.inbox = webhook.New(b.st, []*wechat.WebhookReceiver{receiver}, map[wechat.EventKind]webhook.Handler{wechat.EventMedia: b.svc.SaveCoverVerdict})
		t.Cleanup(g.inbox.Close)
		g.manager = b.Staff(model.RoleManager, b.tree.School)
		g.wx.Visit("o" + g.manager.AccountID.String())
		g.lesson = b.Lesson(b.tree.School, 60, model.SidePupil)
		test(t, g)
	})
}

// upload uploads a picture.
func (g *coverBundle) upload() {
	g.t.Helper()
	var file bytes.Buffer
	require.NoError(g.t, png.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8))))
	v, err := g.svc.SetCover(g.t.Context(), g.manager, g.lesson.ID, &file)
	require.NoError(g.t, err)
	require.Equal(g.t, model.CoverUnchecked, v.CoverStatus)
	require.NotEmpty(g.t, v.CoverURL)
}

// asked runs the job and returns the trace id of what WeChat was last asked about.
func (g *coverBundle) asked(times int) string {
	g.t.Helper()
	require.NoError(g.t, g.svc.CheckCovers(g.t.Context()))
	media := g.wx.Media()
	require.Len(g.t, media, times)
	if times == 0 {
		return ""
	}
	require.True(g.t, strings.HasPrefix(media[times-1].URL, "https://xinyu.test/media/lessons/"), media[times-1].URL)
	return media[times-1].TraceID
}

// push sends WeChat's verdict, signed, and twice, as WeChat may.
func (g *coverBundle) push(trace, verdict string) {
	g.t.Helper()
	for range 2 {
		query, body := g.pushes.Seal(emulator.MediaEvent("o"+g.manager.AccountID.String(), g.clock.Now(), "wxtest", trace, verdict), g.clock.Now())
		require.NoError(g.t, g.inbox.Receive(g.t.Context(), query, body))
	}
	require.NoError(g.t, g.inbox.Work(g.t.Context()))
}

// stands asserts the state that staff read, and whether families see the cover.
func (g *coverBundle) stands(want model.CoverStatus, shown bool) {
	g.t.Helper()
	ctx := g.t.Context()
	g.Eventually(func() bool { // the inbox also works by itself
		v, err := g.svc.Get(ctx, g.manager, g.lesson.ID, 0)
		require.NoError(g.t, err)
		require.NotEmpty(g.t, v.CoverURL, "who manages it sees it")
		return v.CoverStatus == want
	})
	page, err := g.svc.List(ctx, g.guardian, Query{PupilID: store.IDParam{ID: g.pupil.ID}, PageRequest: store.PageRequest{Limit: 10}})
	require.NoError(g.t, err)
	require.Len(g.t, page.Items, 1)
	require.Equal(g.t, shown, page.Items[0].CoverURL != "")
	require.Empty(g.t, page.Items[0].CoverStatus, "families are not told")
	dues, err := g.svc.Overview(ctx, g.guardian)
	require.NoError(g.t, err)
	found := 0
	for _, p := range dues {
		for _, due := range p.Dues.Items {
			found++
			require.Equal(g.t, shown, due.CoverURL != "")
		}
	}
	require.Positive(g.t, found)
}

func (g *coverBundle) Eventually(is func() bool) {
	g.t.Helper()
	for end := time.Now().Add(5 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		require.True(g.t, time.Now().Before(end), "it does not come to this")
	}
}

func TestAVerdictShowsHoldsOrHidesACover(t *testing.T) {
	t.Parallel()
	eachWithCover(t, func(t *testing.T, g *coverBundle) {
		asked := 0
		for _, c := range []struct {
			verdict string
			want    model.CoverStatus
		}{{"pass", model.CoverPass}, {"review", model.CoverReview}, {"risky", model.CoverRisky}} {
			g.upload()
			g.stands(model.CoverUnchecked, false)
			asked++
			trace := g.asked(asked)
			require.Equal(t, trace, g.asked(asked), "it is not asked again while the verdict is on its way")
			g.push(trace, c.verdict)
			g.stands(c.want, c.want == model.CoverPass)
			g.clock.Advance(time.Hour)
			g.asked(asked)
		}
		g.wx.Visit("o" + g.manager.AccountID.String())
		old := g.wx.Media()[0].TraceID
		g.upload()
		g.push(old, "pass") // of a picture that has been replaced
		g.stands(model.CoverUnchecked, false)
	})
}

func TestACoverWaitsWhileWeChatIsDown(t *testing.T) {
	t.Parallel()
	eachWithCover(t, func(t *testing.T, g *coverBundle) {
		g.wx.SetMode(emulator.ModeDown)
		g.upload()
		require.Equal(t, model.KindUnavailable, model.KindOf(g.svc.CheckCovers(t.Context())))
		g.stands(model.CoverUnchecked, false)
		g.wx.SetMode(emulator.ModeUp)
		require.NoError(t, g.svc.CheckCovers(t.Context()), "not before its time")
		require.Empty(t, g.wx.Media())
		g.clock.Advance(coverAgainAfter)
		g.asked(1)
		g.clock.Advance(coverPushAfter) // the event was lost
		g.push(g.asked(2), "pass")
		g.stands(model.CoverPass, true)
	})
}

func TestACoverThatCannotBeCheckedIsHeld(t *testing.T) {
	t.Parallel()
	eachWithCover(t, func(t *testing.T, g *coverBundle) {
		g.upload()
		g.clock.Advance(coverFor + time.Minute)
		g.asked(0) // the manager was last here too long ago
		g.stands(model.CoverReview, false)

		stranger := g.Staff(model.RoleManager, g.tree.School) // uses no mini-program
		g.manager = stranger
		g.upload()
		g.asked(0)
		g.stands(model.CoverReview, false)
	})
}

// A verdict may come before its trace id is saved.
func TestAnEarlyVerdictIsNotLost(t *testing.T) {
	t.Parallel()
	eachWithCover(t, func(t *testing.T, g *coverBundle) {
		g.upload()
		ask := g.svc.covers.Ask
		g.svc.covers.Ask = func(ctx context.Context, openID, url string) (string, error) {
			trace, err := ask(ctx, openID, url)
			g.push(trace, "risky")
			return trace, err
		}
		g.asked(1)
		g.stands(model.CoverUnchecked, false)
		g.Eventually(func() bool { // it is tried again some seconds after it failed last, and the inbox may be at it just now
			g.clock.Advance(time.Second)
			time.Sleep(20 * time.Millisecond)
			require.NoError(t, g.inbox.Work(t.Context()))
			v, err := g.svc.Get(t.Context(), g.manager, g.lesson.ID, 0)
			require.NoError(t, err)
			return v.CoverStatus == model.CoverRisky
		})
		g.stands(model.CoverRisky, false)
	})
}

// Two replicas that look at once ask once.
func TestOneReplicaAsksAboutACover(t *testing.T) {
	t.Parallel()
	eachWithCover(t, func(t *testing.T, g *coverBundle) {
		g.upload()
		errs := make(chan error, 20)
		for range cap(errs) {
			go func() { errs <- g.svc.CheckCovers(context.WithoutCancel(t.Context())) }()
		}
		for range cap(errs) {
			require.NoError(t, <-errs)
		}
		require.Len(t, g.wx.Media(), 1)
	})
}

func TestACoverIsShownWhereNothingChecksIt(t *testing.T) {
	t.Parallel()
	eachWithCover(t, func(t *testing.T, g *coverBundle) {
		g.svc.covers = CoverChecks{}
		var file bytes.Buffer
		require.NoError(t, png.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8))))
		_, err := g.svc.SetCover(t.Context(), g.manager, g.lesson.ID, &file)
		require.NoError(t, err)
		require.NoError(t, g.svc.CheckCovers(t.Context()))
		g.stands("", true)
	})
}

func TestAManagerReleasesAHeldCover(t *testing.T) {
	t.Parallel()
	eachWithCover(t, func(t *testing.T, g *coverBundle) {
		ctx := t.Context()
		release := func(who model.Actor) error { _, err := g.svc.ReleaseCover(ctx, who, g.lesson.ID); return err }
		g.upload()
		storetest.Refused(t, release(g.manager), "cover_not_held")
		g.push(g.asked(1), "review")
		g.stands(model.CoverReview, false)
		storetest.Refused(t, release(g.Staff(model.RoleManager, g.Tree().School)), "lesson_not_found")
		for range 2 {
			require.NoError(t, release(g.manager))
			g.stands(model.CoverPass, true)
		}
		g.upload()
		g.push(g.asked(2), "risky")
		g.stands(model.CoverRisky, false)
		storetest.Refused(t, release(g.manager), "cover_not_held")
	})
}
