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
	each(t, func(b *bundle) {
		other := b.Tree()
		mine, next, theirs := b.Pupil(b.tree.Class), b.Pupil(b.tree.OtherClass), b.Pupil(other.Class)
		find := func(who model.Actor, name string) []model.ID {
			p, err := b.svc.FindPupils(b.t.Context(), who, org.FindPupils{Name: name, PageRequest: store.PageRequest{Limit: 20}})
			require.NoError(b.t, err)
			ids := []model.ID{}
			for _, f := range p.Items {
				ids = append(ids, f.ID)
			}
			return ids
		}
		counsellor := b.Staff(model.RoleCounsellor, b.tree.School)
		require.Equal(b.t, []model.ID{mine.ID, next.ID}, find(counsellor, "学生"))
		require.Equal(b.t, []model.ID{mine.ID}, find(counsellor, mine.Name))
		require.Equal(b.t, []model.ID{mine.ID}, find(b.Staff(model.RoleTeacher, b.tree.Class), " 学生"))
		require.Empty(b.t, find(counsellor, theirs.Name))
		require.Empty(b.t, find(counsellor, "%学"))
		require.Empty(b.t, find(counsellor, "__"))
		require.Empty(b.t, find(b.Staff(model.RoleDuty, b.tree.School), "学生"))
		require.Empty(b.t, find(b.Guardian(mine), "学生"))

		first, err := b.svc.FindPupils(b.t.Context(), counsellor, org.FindPupils{Name: "学生", PageRequest: store.PageRequest{Limit: 1}})
		require.NoError(b.t, err)
		require.Len(b.t, first.Items, 1)
		require.Equal(b.t, b.tree.School.Name, first.Items[0].SchoolName)
		second, err := b.svc.FindPupils(b.t.Context(), counsellor, org.FindPupils{Name: "学生", PageRequest: store.PageRequest{Limit: 1, Cursor: first.NextCursor}})
		require.NoError(b.t, err)
		require.Equal(b.t, next.ID, second.Items[0].ID)
		require.Zero(b.t, second.NextCursor)

		_, err = b.svc.FindPupils(b.t.Context(), counsellor, org.FindPupils{Name: "学", PageRequest: store.PageRequest{Limit: 20}})
		require.Equal(b.t, model.KindInvalid, model.KindOf(err))
	})
}

func TestASearchFoldsNamesAsStorageDoes(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		b.apply(b.school, b.tree.School, roster("9班,买买提·艾力,F001,,", "9班,阿依古丽·肉孜,F002,,", "9班,王芳,F003,,", "9班,Li Ming,F004,,", "9班,李䶮,F005,,"))
		for typed, no := range map[string]string{"买买提.艾": "F001", "阿依古丽•": "F002", "王　芳": "F003", "li ming": "F004", "LI M": "F004", "李\ue863": "F005"} {
			p, err := b.svc.FindPupils(b.t.Context(), b.school, org.FindPupils{Name: typed, PageRequest: store.PageRequest{Limit: 20}})
			require.NoError(b.t, err)
			require.Len(b.t, p.Items, 1, typed)
			require.Equal(b.t, b.pupil(no).ID, p.Items[0].ID, typed)
		}
	})
}
