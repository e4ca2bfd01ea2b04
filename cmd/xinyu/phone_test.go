package main

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/api"
	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat/emulator"
)

const dayBefore = "demo-booking-reminder-24h"

// tap taps on the page of a phone, and answers the page that it leads to.
func (p *program) tap(as, what, template string) string {
	p.t.Helper()
	resp, err := http.PostForm(p.url+phonePath, url.Values{"as": {as}, "tap": {what}, "template": {template}})
	require.NoError(p.t, err)
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, resp.StatusCode, "led back to the page")
	return string(page)
}

// allowed is how many messages of the template the server knows that the
// holder of the token has allowed.
func (p *program) allowed(token, template string) int {
	p.t.Helper()
	var list struct {
		Items []struct {
			TemplateID string
			Credits    int
		}
	}
	require.Equal(p.t, http.StatusOK, p.call(token, http.MethodGet, "/me/messages", nil, &list))
	for _, item := range list.Items {
		if item.TemplateID == template {
			return item.Credits
		}
	}
	return -1
}

// phoneShows reports whether the page of the phone says so.
func (p *program) phoneShows(as, text string) bool {
	p.t.Helper()
	_, page := p.get(phonePath + "?as=" + as)
	return strings.Contains(page, text)
}

// pushesTaken is how many pushes the inbox has taken.
func (p *program) pushesTaken() int {
	p.t.Helper()
	_, text := p.get("/metrics")
	_, rest, _ := strings.Cut(text, `xinyu_wechat_pushes_total{result="taken"} `)
	count, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(count)
	if err != nil {
		return 0 // none yet
	}
	return n
}

// awaits waits for what follows from a webhook call that was taken.
func awaits(t *testing.T, is func() bool) {
	t.Helper()
	require.Eventually(t, is, 40*time.Second, 50*time.Millisecond)
}

func TestADemoIsPushedWhatIsTappedOnPhones(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, env []string, _ string) {
		p := startProgram(t, env)
		status, page := p.get(phonePath + "?as=demo-parent")
		require.Equal(t, http.StatusOK, status)
		for _, want := range []string{"还没有收到消息", "预约前一天提醒", "还可以发 0 条", "值班员", "没有关注"} {
			require.Contains(t, page, want)
		}
		token := p.login("demo-parent").Token
		for _, left := range []string{"还可以发 1 条", "还可以发 2 条"} { // within a second
			page = p.tap("demo-parent", "accept", dayBefore)
			require.Contains(t, page, "服务器已收下")
			require.Contains(t, page, left)
		}
		awaits(t, func() bool { return p.allowed(token, dayBefore) == 2 })

		// The client tells of a tap, and so does WeChat: it is one.
		require.Equal(t, http.StatusOK, p.call(token, http.MethodPost, "/me/messages", map[string]any{"accepted": []string{"demo-coverage-nudge"}}, nil))
		awaits(t, func() bool { return p.pushesTaken() == 3 })
		require.Contains(t, p.tap("demo-pupil", "follow", ""), "已关注")
		require.Contains(t, p.tap("demo-pupil", "unfollow", ""), "没有关注")
		require.Contains(t, p.tap("demo-parent", "turnOff", dayBefore), "服务器已收下")
		awaits(t, func() bool { return p.allowed(token, dayBefore) == 0 }) // and so all before is worked off
		require.Equal(t, 1, p.allowed(token, "demo-coverage-nudge"), "one tap, of another template")

		require.Contains(t, p.tap("demo-parent", "follow", ""), "已关注")
		awaits(t, func() bool { return p.phoneShows("demo-parent", "已经认出是同一个人") })
		require.Equal(t, 7, p.pushesTaken())
		p.stop()
		require.NotContains(t, p.stderr.String(), "not taken")
		require.Contains(t, p.stdout.String(), phonePath)

		st := storeOf(t, env)
		account := accountOf(t, st, "demo-parent")
		require.NotEmpty(t, account.UnionID, "told at login")
		follower := followerOf(t, st, "demo-parent")
		require.True(t, follower.Following)
		require.Equal(t, account.UnionID, follower.UnionID, "one person")
		require.False(t, followerOf(t, st, "demo-pupil").Following)
	})
}

func TestADemosWeChatRemembersPeopleOverARestart(t *testing.T) {
	t.Parallel()
	env := environment(t)
	p := startProgram(t, env)
	token := p.login("demo-parent").Token
	p.tap("demo-parent", "accept", dayBefore)
	p.tap("demo-parent", "follow", "")
	awaits(t, func() bool { return p.allowed(token, dayBefore) == 1 })
	awaits(t, func() bool { return p.phoneShows("demo-parent", "已经认出是同一个人") })
	p.stop()
	p = startProgram(t, env)
	_, page := p.get(phonePath + "?as=demo-parent")
	require.Contains(t, page, "还可以发 1 条")
	require.Contains(t, page, "已经认出是同一个人")
	require.Contains(t, p.tap("demo-parent", "turnOff", dayBefore), "服务器已收下", "the keys are new, on both sides")
	p.stop()
}

func TestADemoTakesOnlyPushesThatAreSigned(t *testing.T) {
	t.Parallel()
	own := emulator.NewWebhookSettings(demoAppID, "")
	p := startProgram(t, environment(t, "XINYU_DEMO=true", "XINYU_WECHAT_PUSH_TOKEN="+own.Token, "XINYU_WECHAT_PUSH_AES_KEY="+own.AESKey))
	token := p.login("demo-parent").Token
	openID := emulator.DemoOpenID(demoAppID, "demo-parent")
	message := func(at time.Time) string { return emulator.PermissionsEvent(openID, at, dayBefore, "accept") }

	foreign := emulator.NewWebhookSettings(demoAppID, p.url+api.WebhookPath)
	require.Error(t, emulator.NewWebhookSender(foreign, nil).Push(t.Context(), openID, message))
	resp, err := http.Post(p.url+api.WebhookPath, "text/xml", strings.NewReader(message(time.Now())))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusForbidden, resp.StatusCode)

	own.URL = p.url + api.WebhookPath
	require.NoError(t, emulator.NewWebhookSender(own, nil).Push(t.Context(), openID, message))
	awaits(t, func() bool { return p.allowed(token, dayBefore) == 1 })
	require.Contains(t, p.tap("demo-parent", "turnOff", dayBefore), "服务器已收下", "the page pushes with the operator's keys")
	p.stop()
}

// storeOptions name the database of a program started with env.
func storeOptions(env []string) (opts store.Options) {
	for _, setting := range env {
		if dsn, ok := strings.CutPrefix(setting, "XINYU_DB_DSN="); ok {
			opts.DSN = dsn
		}
		if dir, ok := strings.CutPrefix(setting, "XINYU_DATA_DIR="); ok {
			opts.SQLitePath = filepath.Join(dir, "xinyu.db")
		}
	}
	return opts
}

// storeOf opens the database of a program that has ended.
func storeOf(t *testing.T, env []string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), storeOptions(env))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

func accountOf(t *testing.T, st *store.Store, code string) (account model.Account) {
	t.Helper()
	require.NoError(t, st.Read(t.Context()).Where("open_id = ?", emulator.DemoOpenID(demoAppID, code)).Take(&account).Error)
	return account
}

func followerOf(t *testing.T, st *store.Store, code string) (follower model.OfficialFollower) {
	t.Helper()
	require.NoError(t, st.Read(t.Context()).Where("open_id = ?", emulator.DemoOpenID(demoOfficialID, code)).Take(&follower).Error)
	return follower
}
