package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity/authcache"
	"xinyu/service/platform/store/storetest"
)

// withhold takes the account's guardianships out of force, as where the
// guardian may be the abuser.
func (w *world) withhold(guardian model.ID) {
	w.t.Helper()
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(&model.Guardianship{}).Where("account_id = ?", guardian).Update("withheld_at", w.store.Now()).Error
	}))
	authcache.New(w.store, w.svc.Cache).Forget(w.t.Context(), guardian)
}

// theirOwn are the lines of the matrix on a thing of the account itself, which
// stays theirs: nothing in it is of a pupil.
var theirOwn = []string{
	"DELETE /me/tokens/{id}", "DELETE /posts/{id}", "GET /wait-list", "POST /wait-list/{id}/accept", "POST /wait-list/{id}/cancel", "POST /watches/{id}/reports",
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
			s := newScene(newWorld(t, storetest.SQLite(t)))
			guardian := s.who(model.RoleGuardian)
			stranger := s.members[slices.IndexFunc(s.members, func(m member) bool { return m.place == "none" })]
			call := func(m member) (*reply, string) {
				req := l.make(s, m)
				if m.name == guardian.name {
					s.withhold(m.actor.AccountID)
				}
				res := s.doWith(method, req.path, m.token, req.body, req.header)
				return res, letterOf(s, l, req, res, m.name+": "+string(res.raw))
			}
			_, want := call(stranger)
			res, got := call(guardian)
			if !l.apart && !slices.Contains(theirOwn, key) {
				require.Equal(t, want, got, "%s", res.raw)
			}
			for _, trace := range []string{s.pupil.ID.String(), s.pupil.Name} {
				require.NotContains(t, string(res.raw), trace)
			}
		})
	}
}
