package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// update rewrites the golden files from what the code now says.
var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const (
	testAppID  = "wxtest"
	testSecret = "secret-of-the-tests"
)

// world is a whole system behind real HTTP: the API over real services on a
// real database, a Redis in the process, and the emulated WeChat.
type world struct {
	*storetest.Fixture
	t      testing.TB
	store  *store.Store
	svc    *service.Services
	server *Server
	wechat *emulator.Emulator
	vault  *vault.Vault
	redis  *cache.Cache
	// official is the emulated official account; pushes are how WeChat pushes to it and to the mini-program.
	official *emulator.Official
	pushes   map[wechat.App]emulator.WebhookSettings
	url      string // of the API's base
}

// each runs the test in a world on each database.
func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(newWorld(t, st)) })
}

func newWorld(t testing.TB, st *store.Store) *world {
	t.Helper()
	wx := emulator.New(emulator.Options{AppID: testAppID, Secret: testSecret, Clock: st.Now, DemoCodes: true})
	weixin := httptest.NewServer(wx)
	t.Cleanup(weixin.Close)
	c := storetest.InProcessRedis(t)
	client := wechat.New(wechat.Config{AppID: testAppID, Secret: testSecret, BaseURL: weixin.URL})
	t.Cleanup(client.Close)
	d := deps(t, st, c, client)
	d.PublicURL = testPublicURL
	oa := withOfficial(t, st, &d)
	pushes := withWebhooks(t, st, &d)
	svc := service.New(d)
	t.Cleanup(svc.Close)
	server := New(Config{Services: svc, Clock: st.Now, PublicURL: testPublicURL})
	face := httptest.NewServer(server)
	t.Cleanup(face.Close)
	return &world{Fixture: storetest.NewFixture(t, st), t: t, store: st, svc: svc, server: server, wechat: wx, vault: d.Vault, redis: c, official: oa, pushes: pushes, url: face.URL + rest.Base}
}

// login logs in with a code, such as "demo-someone", and returns the token.
func (w *world) login(code string) string {
	w.t.Helper()
	return w.do(http.MethodPost, "/login", "", map[string]any{"code": code}).status(http.StatusOK).text("token")
}

// as logs in an account that the fixture made, and returns the token.
func (w *world) as(actor model.Actor) string {
	w.t.Helper()
	return w.login(w.wechat.IssueCode("o" + actor.AccountID.String()))
}

// reply is what the API returned.
type reply struct {
	t      testing.TB
	call   string
	code   int
	header http.Header
	raw    []byte
	json   map[string]any // nil for an empty body and for what is no JSON
}

// do sends a call through the whole router. body is nil for none, bytes or a
// reader as they are, or anything else as JSON. Each refusal must be a whole
// problem document.
func (w *world) do(method, path, token string, body any) *reply {
	w.t.Helper()
	return w.doWith(method, path, token, body, nil)
}

// doWith is do with further headers.
func (w *world) doWith(method, path, token string, body any, header http.Header) *reply {
	w.t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	case io.Reader:
		content = b
	default:
		encoded, err := json.Marshal(b)
		require.NoError(w.t, err)
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, content)
	require.NoError(w.t, err)
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	r := &reply{t: w.t, call: method + " " + path, code: res.StatusCode, header: res.Header, raw: raw}
	if json.Valid(raw) {
		require.NoError(w.t, json.Unmarshal(raw, &r.json), r.call)
	}
	if r.code >= 400 {
		r.mustBeProblem()
	}
	return r
}

func (r *reply) mustBeProblem() {
	r.t.Helper()
	var p rest.Problem
	decoder := json.NewDecoder(bytes.NewReader(r.raw))
	decoder.DisallowUnknownFields()
	require.NoError(r.t, decoder.Decode(&p), "%s: %s", r.call, r.raw)
	require.Equal(r.t, "application/problem+json", r.header.Get("Content-Type"), r.call)
	require.Equal(r.t, r.code, p.Status, r.call)
	require.Equal(r.t, "urn:xinyu:problem:"+p.Code, p.Type, r.call)
	require.NotEmpty(r.t, p.Code, r.call)
	require.NotEmpty(r.t, p.Detail, r.call)
	require.NotEmpty(r.t, p.Title, r.call)
	if r.code == http.StatusTooManyRequests || r.code == http.StatusServiceUnavailable {
		require.NotEmpty(r.t, r.header.Get("Retry-After"), r.call)
	}
	if r.code == http.StatusUnauthorized {
		require.Equal(r.t, "Bearer", r.header.Get("WWW-Authenticate"), r.call)
	}
}

// status asserts the status.
func (r *reply) status(want int) *reply {
	r.t.Helper()
	require.Equal(r.t, want, r.code, "%s: %s", r.call, r.raw)
	return r
}

// problem asserts a refusal by status and code.
func (r *reply) problem(status int, code string) *reply {
	r.t.Helper()
	r.status(status)
	require.Equal(r.t, code, r.json["code"], "%s: %s", r.call, r.raw)
	return r
}

// at is the value at the path of members and (as numbers) list indexes.
func (r *reply) at(path ...any) any {
	r.t.Helper()
	var v any = r.json
	for _, step := range path {
		switch s := step.(type) {
		case string:
			members, ok := v.(map[string]any)
			require.True(r.t, ok, "%s: no object before %v: %s", r.call, s, r.raw)
			v, ok = members[s]
			require.True(r.t, ok, "%s: no %v: %s", r.call, s, r.raw)
		case int:
			items, ok := v.([]any)
			require.True(r.t, ok && s < len(items), "%s: no item %d: %s", r.call, s, r.raw)
			v = items[s]
		}
	}
	return v
}

// text is the string at the path.
func (r *reply) text(path ...any) string {
	r.t.Helper()
	s, ok := r.at(path...).(string)
	require.True(r.t, ok, "%s: %v is no string: %s", r.call, path, r.raw)
	return s
}

// items is the list of a reply that is a list.
func (r *reply) items() []any {
	r.t.Helper()
	items, ok := r.at("items").([]any)
	require.True(r.t, ok, "%s: items is no list: %s", r.call, r.raw)
	return items
}
