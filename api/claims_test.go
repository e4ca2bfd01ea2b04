package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/message"
)

// A stranger who knows all that a claim asks for reads nothing of a pupil who
// was released from their own account, before the teacher has confirmed.
func TestAClaimAfterAReleaseShowsNothingOfThePupil(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		pupil, claim := w.enrol(tree.Class, "王芳", "G1")
		own, teacher, stranger := w.as(w.PupilAccount(pupil)), w.as(w.Staff(model.RoleTeacher, tree.Class)), w.as(w.Account())
		w.do(http.MethodDelete, "/pupils/"+pupil.ID.String()+"/account", teacher, nil).status(http.StatusNoContent)
		require.Empty(w.t, w.roles(own))

		asked := w.do(http.MethodPost, "/me/pupil", stranger, claim).status(http.StatusAccepted)
		require.Equal(w.t, "waiting", asked.text("status"))
		me := w.do(http.MethodGet, "/me", stranger, nil).status(http.StatusOK)
		require.Empty(w.t, me.at("account", "roles"))
		require.Equal(w.t, asked.text("id"), me.text("claims", 0, "id"))
		for _, hidden := range []string{"王芳", pupil.ID.String(), tree.Class.ID.String(), tree.Class.Name, tree.School.Name} {
			require.NotContains(w.t, string(asked.raw), hidden)
			require.NotContains(w.t, string(me.raw), hidden)
		}
		w.do(http.MethodGet, "/bookings?pupilId="+pupil.ID.String(), stranger, nil)
		w.do(http.MethodGet, "/lessons?pupilId="+pupil.ID.String(), stranger, nil).problem(http.StatusNotFound, "child_not_found")

		list := w.do(http.MethodGet, "/units/"+tree.Class.ID.String()+"/claims", teacher, nil).status(http.StatusOK)
		require.Len(w.t, list.items(), 1)
		require.Equal(w.t, "王芳", list.text("items", 0, "pupilName"))
		require.Equal(w.t, true, list.at("items", 0, "endedBefore"))
		id := list.text("items", 0, "id")
		w.do(http.MethodPost, "/claims/"+id+"/confirm", stranger, nil).problem(http.StatusForbidden, "role_required")
		w.do(http.MethodPost, "/claims/"+id+"/refuse", teacher, nil).status(http.StatusNoContent)
		w.do(http.MethodPost, "/claims/"+id+"/confirm", teacher, nil).problem(http.StatusNotFound, "claim_not_found")
		require.Equal(w.t, "refused", w.do(http.MethodGet, "/me", stranger, nil).status(http.StatusOK).text("claims", 0, "status"))

		again := w.do(http.MethodPost, "/me/pupil", own, claim).status(http.StatusAccepted)
		confirm := "/claims/" + again.text("id") + "/confirm"
		w.do(http.MethodPost, confirm, teacher, nil).problem(http.StatusConflict, "claim_needs_another")
		w.do(http.MethodPost, confirm, w.as(w.Staff(model.RoleManager, tree.School)), nil).status(http.StatusNoContent)
		require.Equal(w.t, pupil.ID.String(), w.do(http.MethodPost, "/me/pupil", own, claim).status(http.StatusCreated).text("id"))
	})
}

func TestATeacherConfirmsAllListedClaims(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		teacher, manager := w.as(w.Staff(model.RoleTeacher, tree.Class)), w.as(w.Staff(model.RoleManager, tree.School))
		rule := "/units/" + tree.School.ID.String() + "/claim-rule"
		w.do(http.MethodPut, rule, teacher, map[string]any{"rule": "confirm"}).problem(http.StatusForbidden, "role_required")
		w.do(http.MethodPut, rule, manager, map[string]any{"rule": "perhaps"}).status(http.StatusUnprocessableEntity)
		require.Equal(w.t, "confirm", w.do(http.MethodPut, rule, manager, map[string]any{"rule": "confirm"}).status(http.StatusOK).text("rule"))
		ofClass := w.do(http.MethodGet, "/units/"+tree.Class.ID.String()+"/claim-rule", teacher, nil).status(http.StatusOK)
		require.Equal(w.t, []any{"auto", "confirm", true}, []any{ofClass.at("rule"), ofClass.at("above"), ofClass.at("waits")})

		var parents []string
		for _, name := range []string{"王芳", "李明", "张伟"} {
			_, claim := w.enrol(tree.Class, name, "G"+name)
			claim["relation"] = "father"
			parents = append(parents, w.as(w.Account()))
			w.do(http.MethodPost, "/me/children", parents[len(parents)-1], claim).status(http.StatusAccepted)
		}
		// The last one takes it back before the teacher taps.
		list := w.do(http.MethodGet, "/units/"+tree.Class.ID.String()+"/claims", teacher, nil).status(http.StatusOK)
		var ids []string
		for i := range list.items() {
			ids = append(ids, list.text("items", i, "id"))
		}
		w.do(http.MethodDelete, "/me/claims/"+ids[2], parents[0], nil).problem(http.StatusNotFound, "claim_not_found")
		w.do(http.MethodDelete, "/me/claims/"+ids[2], parents[2], nil).status(http.StatusNoContent)
		done := w.do(http.MethodPost, "/claims/confirm", teacher, map[string]any{"claimIds": ids}).status(http.StatusOK)
		require.EqualValues(w.t, 2, done.at("confirmed"))
		require.Len(w.t, w.roles(parents[0]), 1)
		require.Len(w.t, w.roles(parents[1]), 1)
		require.Empty(w.t, w.roles(parents[2]))
	})
}

// A teacher who has decided before the message leaves is not bothered by it.
func TestAMessageOfClaimsIsNotSentWhereNoneWaits(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		manager := w.as(w.Staff(model.RoleManager, tree.School))
		w.do(http.MethodPut, "/units/"+tree.School.ID.String()+"/claim-rule", manager, map[string]any{"rule": "confirm"}).status(http.StatusOK)
		for i, class := range []*model.Unit{tree.Class, tree.OtherClass} {
			w.Staff(model.RoleTeacher, class)
			_, claim := w.enrol(class, "王芳", "G"+class.ID.String())
			claim["relation"] = "mother"
			parent := w.as(w.Account())
			asked := w.do(http.MethodPost, "/me/children", parent, claim).status(http.StatusAccepted)
			if i == 0 {
				w.do(http.MethodDelete, "/me/claims/"+asked.text("id"), parent, nil).status(http.StatusNoContent)
			}
			w.Set(&model.OutboxMessage{}, "send_after", w.store.Now().Add(-time.Minute), "cause_id = ?", class.ID)
		}
		_, err := w.svc.Sender.Turn(w.t.Context())
		require.NoError(w.t, err)
		var rows []model.OutboxMessage
		require.NoError(w.t, w.store.Read(w.t.Context()).Where("kind = ?", message.KindClaims).Find(&rows).Error)
		for _, r := range rows {
			// The other teacher has given no permission, which is found out only for what is to be sent.
			require.Equal(w.t, map[bool]string{true: "cause_gone", false: "no_leave"}[r.CauseID == tree.Class.ID], r.LastError)
		}
		require.Len(w.t, rows, 2)
	})
}
