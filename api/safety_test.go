package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
)

// alertsOf are the alerts that the account has raised.
func (w *world) alertsOf(actor model.Actor) []model.Alert {
	w.t.Helper()
	var rows []model.Alert
	require.NoError(w.t, w.store.Read(w.t.Context()).Where("account_id = ?", actor.AccountID).Order("id").Find(&rows).Error)
	return rows
}

// hasCard asserts that a refusal holds the hotline card, or does not.
func (r *reply) hasCard(want bool) {
	r.t.Helper()
	require.GreaterOrEqual(r.t, r.code, 400, "%s: %s", r.call, r.raw)
	if !want {
		require.NotContains(r.t, string(r.raw), "hotlines", r.call)
		return
	}
	require.Len(r.t, r.at("details", "hotlines"), 4, r.call)
	require.NotNil(r.t, r.at("details", "alternatives"), r.call)
}

// asking are the calls that ask the safety question.
var asking = []string{"/bookings", "/wait-list/7/accept"}

func TestAnExpiredLoginStillGetsTheHotlines(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		actor := w.Guardian(w.Pupil(w.Tree().Class))
		expired := w.as(actor)
		w.Set(&model.LoginToken{}, "expires_at", w.store.Now().Add(-time.Minute), "account_id = ?", actor.AccountID)
		for _, path := range asking {
			for token, code := range map[string]string{expired: "token_invalid", "": "login_required", "xy_no": "token_invalid"} {
				for body, card := range map[string]bool{`{"safety":{"selfHarm":true}}`: true, `{"safety":{"selfHarm":"是"}}`: true, `{"safety":{"selfHarm":true`: true, `{"concern":"..."}`: true, `{"safety":{"selfHarm":false}}`: false} {
					r := w.do(http.MethodPost, path, token, []byte(body)).problem(http.StatusUnauthorized, code)
					r.hasCard(card)
				}
			}
		}
		require.Empty(w.t, w.alertsOf(actor), "nobody is known to have spoken")
		w.do(http.MethodPost, "/wait-list", "", []byte(`{"safety":{"selfHarm":true}}`)).hasCard(false) // does not ask
	})
}

func TestASafetyAnswerInTheWrongFormIsRead(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		class := w.Tree().Class
		for _, path := range asking {
			for body, want := range map[string]struct{ card, alert bool }{
				`{"safety":{"selfHarm":"true"}}`:               {true, true},
				`{"safety":{"selfHarm":1}}`:                    {true, true},
				`{"safety":{"selfHarm":"yes"}}`:                {true, true},
				`{"safety":{"selfHarm":"是"}}`:                  {true, true},
				`{"safety":{"selfHarm":[true]}}`:               {true, true},
				`{"selfHarm":true}`:                            {true, true},
				`{"safety":[{"selfHarm":true}]}`:               {true, true},
				`{"safety":{"selfHarm":true},"concern":"cut o`: {true, true},
				`{"safety":{"selfHarm":"maybe"}}`:              {true, false},
				`{"safety":{"selfHarm":null}}`:                 {true, false},
				`{"safety":{"selfHarm":0}}`:                    {true, false},
				`{"safety":{}}`:                                {true, false},
				`{}`:                                           {true, false},
				`{"safety":{"selfHarm":false},"concern":"cut`:  {false, false},
				`{"safety":[{"selfHarm":false}]}`:              {false, false},
			} {
				pupil := w.Pupil(class)
				actor := w.PupilAccount(pupil)
				r := w.do(http.MethodPost, path, w.as(actor), []byte(body))
				require.Less(w.t, r.code, 500, body)
				r.hasCard(want.card)
				alerts := w.alertsOf(actor)
				if !want.alert {
					require.Empty(w.t, alerts, body)
					continue
				}
				require.Len(w.t, alerts, 1, body)
				require.Equal(w.t, []any{pupil.ID, class.ID, model.AlertImmediate}, []any{alerts[0].PupilID, alerts[0].UnitID, alerts[0].Level}, body)
			}
		}
	})
}

func TestASelfHarmAnswerInARefusedRequestRaisesTheAlert(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		const yes = `"safety":{"selfHarm":true}`
		for name, c := range map[string]struct {
			path, body string
			header     http.Header
			status     int
		}{
			"no JSON by its name":   {"/bookings", `{` + yes + `}`, http.Header{"Content-Type": {"text/plain"}}, http.StatusUnsupportedMediaType},
			"too large":             {"/bookings", `{` + yes + `,"concern":"` + strings.Repeat("x", maxSafetyBody) + `"}`, nil, http.StatusRequestEntityTooLarge},
			"a key of 100 letters":  {"/bookings", `{` + yes + `}`, http.Header{"Idempotency-Key": {strings.Repeat("k", 100)}}, http.StatusUnprocessableEntity},
			"yes in a second place": {"/bookings", `{"safety":{"selfHarm":false},"answers":{"selfHarm":"yes"}}`, nil, http.StatusUnprocessableEntity},
			"other letters":         {"/bookings", `{"SAFETY":{"SelfHarm":true}}`, nil, http.StatusUnprocessableEntity},
			"a stranger beside it":  {"/bookings", `{"safety":{"selfHarm":true,"since":"today"}}`, nil, http.StatusUnprocessableEntity},
			"an unknown offer":      {"/wait-list/x/accept", `{` + yes + `}`, nil, http.StatusNotFound},
		} {
			child := w.Pupil(tree.Class)
			actor := w.Guardian(child)
			body := c.body
			if c.path == "/bookings" {
				body = strings.Replace(c.body, "{", fmt.Sprintf(`{"pupilId":"%d",`, child.ID), 1)
			}
			r := w.doWith(http.MethodPost, c.path, w.as(actor), []byte(body), c.header).status(c.status)
			r.hasCard(true)
			alerts := w.alertsOf(actor)
			require.Len(w.t, alerts, 1, "%s: once, whoever raises it", name)
			if c.path == "/bookings" {
				require.Equal(w.t, child.ID, alerts[0].PupilID, name)
			}
			duty := w.as(w.Staff(model.RoleDuty, tree.County))
			newest := w.do(http.MethodGet, "/alerts?limit=1", duty, nil).status(http.StatusOK)
			require.Equal(w.t, actor.AccountID.String(), newest.text("items", 0, "accountId"), name)
			require.NotContains(w.t, newest.at("items", 0), "sourceId", "there is no booking")
		}
	})
}

// The phone's network fails in the middle of the body.
func TestASafetyAnswerInATruncatedBodyIsRead(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for fault, status := range map[error]int{os.ErrDeadlineExceeded: http.StatusRequestTimeout, errors.New("gone"): http.StatusBadRequest} {
			actor := w.PupilAccount(w.Pupil(w.Tree().Class))
			body := io.MultiReader(strings.NewReader(`{"safety":{"selfHarm":true},"concern":"`), iotest.ErrReader(fault))
			req := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, rest.Base+"/bookings", body)
			req.Header.Set("Authorization", "Bearer "+w.as(actor))
			req.Header.Set("Content-Type", "application/json")
			res := httptest.NewRecorder()
			w.server.ServeHTTP(res, req)
			require.Equal(w.t, status, res.Code, res.Body)
			var p struct {
				Details struct{ Hotlines []any }
			}
			require.NoError(w.t, json.NewDecoder(bytes.NewReader(res.Body.Bytes())).Decode(&p))
			require.Len(w.t, p.Details.Hotlines, 4)
			require.Len(w.t, w.alertsOf(actor), 1)
		}
	})
}
