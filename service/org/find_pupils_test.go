package org_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store"
)

func TestStaffFindThePupilsOfTheirUnitsByName(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		other := w.Tree()
		mine, next, theirs := w.Pupil(w.tree.Class), w.Pupil(w.tree.OtherClass), w.Pupil(other.Class)
		find := func(who model.Actor, name string) []model.ID {
			p, err := w.svc.FindPupils(w.t.Context(), who, org.FindPupils{Name: name, PageRequest: store.PageRequest{Limit: 20}})
			require.NoError(w.t, err)
			ids := []model.ID{}
			for _, f := range p.Items {
				ids = append(ids, f.ID)
			}
			return ids
		}
		counsellor := w.Staff(model.RoleCounsellor, w.tree.School)
		require.Equal(w.t, []model.ID{mine.ID, next.ID}, find(counsellor, "学生"))
		require.Equal(w.t, []model.ID{mine.ID}, find(counsellor, mine.Name))
		require.Equal(w.t, []model.ID{mine.ID}, find(w.Staff(model.RoleTeacher, w.tree.Class), " 学生"))
		require.Empty(w.t, find(counsellor, theirs.Name))
		require.Empty(w.t, find(counsellor, "%学"))
		require.Empty(w.t, find(counsellor, "__"))
		require.Empty(w.t, find(w.Staff(model.RoleDuty, w.tree.School), "学生"))
		require.Empty(w.t, find(w.Guardian(mine), "学生"))

		first, err := w.svc.FindPupils(w.t.Context(), counsellor, org.FindPupils{Name: "学生", PageRequest: store.PageRequest{Limit: 1}})
		require.NoError(w.t, err)
		require.Len(w.t, first.Items, 1)
		require.Equal(w.t, w.tree.School.Name, first.Items[0].SchoolName)
		second, err := w.svc.FindPupils(w.t.Context(), counsellor, org.FindPupils{Name: "学生", PageRequest: store.PageRequest{Limit: 1, Cursor: first.NextCursor}})
		require.NoError(w.t, err)
		require.Equal(w.t, next.ID, second.Items[0].ID)
		require.Zero(w.t, second.NextCursor)

		_, err = w.svc.FindPupils(w.t.Context(), counsellor, org.FindPupils{Name: "学", PageRequest: store.PageRequest{Limit: 20}})
		require.Equal(w.t, model.KindInvalid, model.KindOf(err))
	})
}
