package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestAWrongClaimIsUndoneByTheSchool(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		pupil, claim := w.enrol(tree.Class, "王芳", "G1")
		teacher, far := w.as(w.Staff(model.RoleTeacher, tree.Class)), w.as(w.Staff(model.RoleManager, w.Tree().County))
		stranger, friend := w.as(w.Account()), w.as(w.Account())
		w.do(http.MethodPost, "/me/pupil", friend, claim).status(http.StatusCreated)
		claim["relation"] = "other"
		w.do(http.MethodPost, "/me/children", stranger, claim).status(http.StatusCreated)
		require.Len(w.t, w.roles(stranger), 1)
		require.Len(w.t, w.roles(friend), 1)

		path := "/pupils/" + pupil.ID.String()
		list := w.do(http.MethodGet, path+"/guardians", teacher, nil).status(http.StatusOK)
		require.Equal(w.t, true, list.at("ownAccount"))
		guardian, ok := list.at("items", 0).(map[string]any)
		require.True(w.t, ok)
		require.Len(w.t, guardian, 3, "nothing by which to reach the person")
		require.Equal(w.t, "other", guardian["relation"])
		_, err := time.Parse(time.RFC3339, list.text("items", 0, "boundAt"))
		require.NoError(w.t, err)

		binding := path + "/guardians/" + list.text("items", 0, "accountId")
		for _, call := range []struct{ method, path string }{{http.MethodGet, path + "/guardians"}, {http.MethodDelete, binding}, {http.MethodDelete, path + "/account"}} {
			w.do(call.method, call.path, far, nil).problem(http.StatusNotFound, "pupil_not_found")
			w.do(call.method, call.path, stranger, nil).problem(http.StatusForbidden, "role_required")
		}
		w.do(http.MethodDelete, binding, teacher, nil).status(http.StatusNoContent)
		require.Empty(w.t, w.roles(stranger))
		w.do(http.MethodGet, "/lessons?pupilId="+pupil.ID.String(), stranger, nil).problem(http.StatusNotFound, "child_not_found")
		w.do(http.MethodDelete, binding, teacher, nil).problem(http.StatusNotFound, "guardian_not_found")
		w.do(http.MethodDelete, path+"/account", teacher, nil).status(http.StatusNoContent)
		require.Empty(w.t, w.roles(friend))
		w.do(http.MethodDelete, path+"/account", teacher, nil).problem(http.StatusNotFound, "pupil_account_not_found")
	})
}

// Who has booked for a child whom they never should have been bound to must
// not go on knowing where the child will be.
func TestABookingForAChildIsGoneWithTheWrongBinding(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		teacher, ours := c.member(model.RoleTeacher, "own").token, c.member(model.RoleGuardian, "own").actor
		w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(8), nil)).status(http.StatusCreated)
		forChild := w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(10), map[string]any{"pupilId": c.ownPupil.ID})).status(http.StatusCreated)
		booking := "/bookings/" + forChild.text("id")
		seen := func(want int) {
			w.t.Helper()
			require.Len(w.t, w.do(http.MethodGet, "/bookings", c.guardian, nil).status(http.StatusOK).items(), want)
		}
		seen(2)

		w.do(http.MethodDelete, "/me/children/"+c.ownPupil.ID.String(), c.guardian, nil).status(http.StatusNoContent)
		seen(1) // also for who leaves of their own will
		w.Bind(ours, c.ownPupil)
		seen(2)
		w.do(http.MethodDelete, "/pupils/"+c.ownPupil.ID.String()+"/guardians/"+ours.AccountID.String(), teacher, nil).status(http.StatusNoContent)
		seen(1)
		w.do(http.MethodGet, booking, c.guardian, nil).problem(http.StatusNotFound, "booking_not_found")
		w.do(http.MethodPost, booking+"/cancel", c.guardian, nil).problem(http.StatusNotFound, "booking_not_found")
		w.do(http.MethodGet, booking, c.counsellor, nil).status(http.StatusOK)
		w.Bind(ours, c.ownPupil) // it was right after all
		seen(2)
	})
}
