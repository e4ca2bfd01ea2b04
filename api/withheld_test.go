package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/identity/authcache"
	"xinyu/service/platform/store/storetest"
)

// withhold takes the account's guardianships out of force, as where the
// guardian may be the abuser.
func (w *world) withhold(guardian model.ID) {
	w.t.Helper()
	w.Set(&model.Guardianship{}, "withheld_at", w.store.Now(), "account_id = ?", guardian)
	authcache.New(w.store, w.svc.Cache).Forget(w.t.Context(), guardian)
}

// theirOwn are the lines of the matrix on a thing of the account itself, which
// stays theirs: nothing in it is of a pupil.
var theirOwn = []string{
	"DELETE /me/claims/{id}", "DELETE /me/tokens/{id}", "DELETE /posts/{id}", "GET /wait-list", "POST /wait-list/{id}/accept", "POST /wait-list/{id}/cancel", "POST /watches/{id}/reports",
}

// TestAWithheldGuardianSeesNothing makes every call of the matrix as a guardian
// whose guardianship is withheld: each is what an account without any child
// gets, and none tells of the pupil.
func TestAWithheldGuardianSeesNothing(t *testing.T) {
	t.Parallel()
	for key, l := range matrix() {
		method, _, _ := strings.Cut(key, " ")
		t.Run(strings.ReplaceAll(key, "/", ":"), func(t *testing.T) {
			t.Parallel()
			b := setup(newWorld(t, storetest.SQLite(t)))
			guardian := b.who(model.RoleGuardian)
			stranger := b.members[slices.IndexFunc(b.members, func(m member) bool { return m.place == "none" })]
			call := func(m member) (*reply, string) {
				req := l.make(b, m)
				if m.name == guardian.name {
					b.withhold(m.actor.AccountID)
				}
				res := b.doWith(method, req.path, m.token, req.body, req.header)
				return res, letterOf(b, l, req, res, m.name+": "+string(res.raw))
			}
			_, want := call(stranger)
			res, got := call(guardian)
			if !l.apart && !slices.Contains(theirOwn, key) {
				require.Equal(t, want, got, "%s", res.raw)
			}
			for _, trace := range []string{b.pupil.ID.String(), b.pupil.Name} {
				require.NotContains(t, string(res.raw), trace)
			}
		})
	}
}

// TestAWithheldGuardianGetsNoMessage nudges the families of a class before and
// after the guardianship is withheld: no message leaves, and nobody is told to call.
func TestAWithheldGuardianGetsNoMessage(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		pupil := w.Pupil(tree.Class)
		abuser, other := w.Guardian(pupil), w.Guardian(pupil)
		teacher := w.as(w.Staff(model.RoleTeacher, tree.Class))
		nudge := func() {
			item := w.Lesson(tree.School, 20, model.SidePupil)
			w.do(http.MethodPost, "/coverage/nudges", teacher,
				map[string]any{"itemKind": "lesson", "side": "pupil", "itemId": item.ID, "unitId": tree.Class.ID}).status(http.StatusOK)
		}
		// send sends what is due: nobody has permitted messages, so that each becomes a call.
		send := func() {
			_, err := w.svc.Sender.Turn(w.t.Context())
			require.NoError(w.t, err)
		}
		count := func(row any, account model.ID) (n int64) {
			require.NoError(w.t, w.store.Read(w.t.Context()).Model(row).Where("recipient_id = ?", account).Count(&n).Error)
			return n
		}
		calls := func() string {
			return string(w.do(http.MethodGet, "/call-list", teacher, nil).status(http.StatusOK).raw)
		}
		nudge()
		send()
		require.Contains(w.t, calls(), abuser.AccountID.String())
		nudge() // waits to be sent
		require.EqualValues(w.t, 2, count(&model.OutboxMessage{}, abuser.AccountID))

		w.withhold(abuser.AccountID)
		require.NotContains(w.t, calls(), abuser.AccountID.String(), "the call that is to be made")
		nudge()
		send()
		require.EqualValues(w.t, 2, count(&model.OutboxMessage{}, abuser.AccountID), "no further message")
		require.EqualValues(w.t, 3, count(&model.OutboxMessage{}, other.AccountID))
		require.EqualValues(w.t, 1, count(&model.CallTask{}, abuser.AccountID), "the message that waited is not sent")
		require.EqualValues(w.t, 3, count(&model.CallTask{}, other.AccountID))
		require.NotContains(w.t, calls(), abuser.AccountID.String())
		require.Contains(w.t, calls(), other.AccountID.String())
	})
}
