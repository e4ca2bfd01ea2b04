package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat/emulator"
)

func TestLoginReturnsATokenThatWorks(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		r := w.do("POST", "/login", "", map[string]any{"code": w.wechat.IssueCode("o-new"), "device": "红米"}).status(200)
		require.Empty(w.t, r.at("account", "roles"))
		expires, err := time.Parse(time.RFC3339, r.text("expiresAt"))
		require.NoError(w.t, err)
		require.WithinDuration(w.t, w.store.Now().AddDate(0, 0, 30), expires, time.Minute)

		list := w.do("GET", "/me/tokens", r.text("token"), nil).status(200)
		require.Len(w.t, list.items(), 1)
		require.Equal(w.t, "红米", list.text("items", 0, "device"))
		require.Equal(w.t, true, list.at("items", 0, "current"))
	})
}

func TestLoginReturnsRolesAndUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	tree := w.Tree()
	actor := w.Staff(model.RoleTeacher, tree.Class)
	r := w.do("POST", "/login", "", map[string]any{"code": w.wechat.IssueCode("o" + actor.AccountID.String())}).status(200)
	require.Equal(t, actor.AccountID.String(), r.text("account", "id"))
	require.Equal(t, []any{map[string]any{"role": "teacher", "unitId": tree.Class.ID.String()}}, r.at("account", "roles"))
}

func TestLoginRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	code := w.wechat.IssueCode("o-once")
	w.login(code)
	w.do("POST", "/login", "", map[string]any{"code": code}).problem(422, "login_code_used")
	w.do("POST", "/login", "", map[string]any{"code": "unknown"}).problem(422, "login_code_invalid")
	for name, body := range map[string]any{
		"no code": map[string]any{}, "empty code": map[string]any{"code": ""}, "long code": map[string]any{"code": strings.Repeat("x", 257)},
		"no object": []byte("[]"), "no JSON": []byte("{"), "code of another type": map[string]any{"code": 7},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, []int{400, 422}, w.do("POST", "/login", "", body).code)
		})
	}
}

func TestRenewLogoutAndEndLogin(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		first := w.login("demo-phone")
		second := w.do("POST", "/token/renew", first, nil).status(200).text("token")
		require.NotEqual(w.t, first, second)
		w.do("GET", "/me/tokens", first, nil).status(200)

		third := w.login("demo-phone")
		list := w.do("GET", "/me/tokens", third, nil).status(200)
		require.Len(w.t, list.items(), 2, "the renewed one is still one login")
		require.Equal(w.t, true, list.at("items", 0, "current"))
		w.do("DELETE", "/me/tokens/"+list.text("items", 1, "id"), third, nil).status(http.StatusNoContent)
		w.do("GET", "/me/tokens", second, nil).problem(401, "token_invalid")
		w.do("DELETE", "/me/tokens/"+list.text("items", 1, "id"), third, nil).problem(404, "token_not_found")

		w.do("POST", "/logout", third, nil).status(http.StatusNoContent)
		w.do("GET", "/me/tokens", third, nil).problem(401, "token_invalid")
	})
}

func TestAnotherAccountsLoginIsNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	mine, theirs := w.login("demo-me"), w.login("demo-them")
	id := w.do("GET", "/me/tokens", theirs, nil).status(200).text("items", 0, "id")
	w.do("DELETE", "/me/tokens/"+id, mine, nil).problem(404, "token_not_found")
	w.do("GET", "/me/tokens", theirs, nil).status(200)
}

func TestCallsWithoutAGoodTokenAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.do("GET", "/me/tokens", "", nil).problem(401, "login_required")
	w.do("GET", "/me/tokens", "xy_short", nil).problem(401, "token_invalid")
	w.do("GET", "/me/tokens", "xy_"+strings.Repeat("A", 43), nil).problem(401, "token_invalid")
	w.doWith("GET", "/me/tokens", "", nil, http.Header{"Authorization": {"Basic eDp5"}}).problem(401, "login_required")
}

func TestLoginReportsThatWeChatIsUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.wechat.SetMode(emulator.ModeDown)
	for range 20 { // the breaker opens after a few: the reply stays the same
		r := w.do("POST", "/login", "", map[string]any{"code": "demo-someone"}).problem(503, "wechat_unavailable")
		require.NotEmpty(t, r.header.Get("Retry-After"))
	}
}

func TestWrongLoginsOfOneAddressAreRefusedWithTheTimeToWait(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		known := w.login("demo-known")
		at := func(address, code, token string) *reply {
			return w.doWith("POST", "/login", "", map[string]any{"code": code, "token": token}, http.Header{"X-Forwarded-For": {"9.9.9.9, " + address}})
		}
		for i := range 300 {
			at("203.0.113.1", "nobody-knows-it", "").problem(422, "login_code_invalid")
			if i%100 == 0 {
				at("203.0.113.1", "demo-known", "").status(200)
			}
		}
		r := at("203.0.113.1", "demo-other", "")
		for tries := 0; r.code != 429; tries++ { // a try comes back every two seconds
			require.Less(w.t, tries, 100)
			at("203.0.113.1", "nobody-knows-it", "")
			r = at("203.0.113.1", "demo-other", "")
		}
		r.problem(429, "login_too_often")
		require.Contains(w.t, r.text("detail"), "请稍等")
		require.NotZero(w.t, r.at("retryAfterSeconds"))
		at("203.0.113.2", "demo-other", "").status(200)
		at("203.0.113.1", "demo-known", known).status(200)
	})
}
