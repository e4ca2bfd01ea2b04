package api

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
)

// enrol adds a pupil to the roster of a class, and returns what its family types.
func (w *world) enrol(class *model.Unit, name, studentNo string) (*model.Pupil, map[string]any) {
	w.t.Helper()
	p := w.Pupil(class)
	hash := w.vault.LookupHash(model.StudentNoField, model.NormalStudentNo(studentNo))
	sealed, err := w.vault.Seal(model.StudentNoField, p.ID, studentNo)
	require.NoError(w.t, err)
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(p).Updates(map[string]any{"name": name, "student_no_hash": hash, "student_no": sealed}).Error
	}))
	return p, map[string]any{"classCode": class.Code, "name": name, "studentNo": studentNo}
}

func TestAFamilyBindsItsChildAndConsents(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		class := w.Tree().Class
		pupil, claim := w.enrol(class, "王芳", "G1")
		token := w.login("demo-mother")
		me := w.do("GET", "/me", token, nil).status(200)
		require.Empty(w.t, me.at("children"))
		require.Len(w.t, me.at("consents"), 2)
		require.NotContains(w.t, me.json, "pupil")

		claim["relation"] = "mother"
		child := w.do("POST", "/me/children", token, claim).status(201)
		require.Equal(w.t, pupil.ID.String(), child.text("id"))
		require.Equal(w.t, class.ID.String(), child.text("classId"))
		require.Equal(w.t, []any{"learning", "counselling"}, child.at("needsConsent"))

		text := w.do("GET", "/consents", "", nil).status(200)
		version := text.text("items", 0, "version")
		w.do("PUT", "/me/consents/learning", token, map[string]any{"version": "0"}).problem(409, "consent_version_outdated")
		given := w.do("PUT", "/me/consents/learning", token, map[string]any{"version": version}).status(200)
		require.Equal(w.t, true, given.at("given"))
		w.do("PUT", "/me/consents/advertising", token, map[string]any{"version": version}).problem(404, "purpose_not_found")

		me = w.do("GET", "/me", token, nil).status(200)
		require.Equal(w.t, []any{"counselling"}, me.at("children", 0, "needsConsent"))
		require.Equal(w.t, "guardian", me.text("account", "roles", 0, "role"))

		for range 2 {
			w.do("DELETE", "/me/consents/learning", token, nil).status(200)
		}
		w.do("DELETE", "/me/children/"+pupil.ID.String(), token, nil).status(204)
		w.do("DELETE", "/me/children/"+pupil.ID.String(), token, nil).problem(404, "child_not_found")
	})
}

func TestAWrongClaimIsNotExplainedAndIsRateLimited(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		class := w.Tree().Class
		_, claim := w.enrol(class, "王芳", "G1")
		token := w.login("demo-guesser")
		wrong := map[string]any{"classCode": claim["classCode"], "name": "李明", "studentNo": "G1", "relation": "father"}
		for range 5 {
			r := w.do("POST", "/me/children", token, wrong).problem(422, "child_not_matched")
			require.NotContains(w.t, string(r.raw), "李明")
			require.NotContains(w.t, r.json, "field")
		}
		w.do("POST", "/me/children", token, wrong).problem(429, "child_tries_spent")
		w.do("POST", "/me/pupil", token, claim).problem(429, "child_tries_spent")
		roster := "/units/" + class.ID.String() + "/pupils"
		teacher := w.as(w.Staff(model.RoleTeacher, class))
		require.EqualValues(w.t, 5, w.do("GET", roster, teacher, nil).status(200).at("items", 0, "wrongClaims"), "the number is the pupil's")
		wrong["name"], wrong["studentNo"] = "王芳", "G2"
		w.do("POST", "/me/children", w.login("demo-other"), wrong).problem(422, "child_not_matched")
		require.EqualValues(w.t, 6, w.do("GET", roster, teacher, nil).status(200).at("items", 0, "wrongClaims"))
		w.do("POST", "/me/pupil", w.login("demo-itself"), claim).status(201)
	})
}

func TestAChildCanNotConsentForItself(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		token := w.as(w.PupilAccount(w.Pupil(w.Tree().Class)))
		w.do("PUT", "/me/consents/learning", token, map[string]any{"version": "1"}).problem(403, "guardian_consent_needed")
		require.NotEmpty(w.t, w.do("GET", "/me", token, nil).status(200).at("pupil", "needsConsent"))
	})
}

func TestRolesAreGivenByInviteCode(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.cast()
		person := w.login("demo-newcomer")
		invite := func() string { return w.do("POST", "/me/invite-code", person, nil).status(201).text("code") }
		body := func(code string) map[string]any {
			return map[string]any{"inviteCode": code, "role": "teacher", "name": "王老师"}
		}
		path := "/units/" + c.own.Class.ID.String() + "/grants"
		for _, m := range c.members {
			switch {
			case m.role != model.RoleManager:
				w.do("POST", path, m.token, body(invite())).problem(403, "role_required")
				w.do("GET", path, m.token, nil).problem(403, "role_required")
			case m.place == "other":
				w.do("POST", path, m.token, body(invite())).problem(404, "unit_not_found")
				w.do("GET", path, m.token, nil).problem(404, "unit_not_found")
			}
		}
		manager := c.member(model.RoleManager, "own").token
		grant := w.do("POST", path, manager, body(invite())).status(201)
		require.Equal(w.t, "teacher", w.do("GET", "/me", person, nil).status(200).text("account", "roles", 0, "role"))
		w.do("DELETE", "/grants/"+grant.text("id"), c.member(model.RoleManager, "other").token, nil).problem(404, "grant_not_found")
		w.do("DELETE", "/grants/"+grant.text("id"), manager, nil).status(204)
		require.Empty(w.t, w.do("GET", "/me", person, nil).status(200).at("account", "roles"))
		require.Len(w.t, w.do("GET", path, manager, nil).status(200).items(), 1, "the class's own teacher of the cast")
	})
}
