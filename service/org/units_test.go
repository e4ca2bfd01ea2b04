package org_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store"
)

func TestUnitsAreMadeWhereTheirKindMayStandWithCodesThatNobodyGuesses(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		form := regexp.MustCompile(`^[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{8}$`)
		codes := map[string]bool{}
		for _, name := range []string{"一班", "二班", "三班"} {
			u, err := w.svc.CreateUnit(ctx, w.school, org.NewUnit{ParentID: w.tree.School.ID, Kind: model.UnitClass, Name: " " + name + "　"})
			require.NoError(t, err)
			require.Equal(t, name, u.Name)
			require.Regexp(t, form, u.Code)
			require.False(t, codes[u.Code])
			codes[u.Code] = true
			detail, err := w.svc.Unit(ctx, w.county, u.ID)
			require.NoError(t, err)
			require.Len(t, detail.Path, 4)
			require.Equal(t, []model.ID{w.tree.County.ID, w.tree.Town.ID, w.tree.School.ID, u.ID},
				[]model.ID{detail.Path[0].ID, detail.Path[1].ID, detail.Path[2].ID, detail.Path[3].ID})
		}
		for name, c := range map[string]struct {
			actor model.Actor
			in    org.NewUnit
			want  error
		}{
			"taken":      {w.school, org.NewUnit{ParentID: w.tree.School.ID, Kind: model.UnitClass, Name: "一班"}, model.Conflict("unit_name_taken", "")},
			"wrong kind": {w.county, org.NewUnit{ParentID: w.tree.County.ID, Kind: model.UnitClass, Name: "班"}, model.Invalid("kind", "unit_kind_not_allowed", "")},
			"not mine":   {w.school, org.NewUnit{ParentID: w.tree.Town.ID, Kind: model.UnitSchool, Name: "校"}, model.NotFound("unit")},
			"no manager": {w.Staff(model.RoleTeacher, w.tree.School), org.NewUnit{ParentID: w.tree.School.ID, Kind: model.UnitClass, Name: "班"}, model.NotFound("unit")},
			"nowhere":    {w.county, org.NewUnit{ParentID: 1, Kind: model.UnitTown, Name: "镇"}, model.NotFound("unit")},
			"no name":    {w.school, org.NewUnit{ParentID: w.tree.School.ID, Kind: model.UnitClass, Name: " \u200b "}, model.Invalid("name", "unit_name_invalid", "")},
			"formula":    {w.school, org.NewUnit{ParentID: w.tree.School.ID, Kind: model.UnitClass, Name: "=1+1"}, model.Invalid("name", "unit_name_invalid", "")},
			"too long":   {w.school, org.NewUnit{ParentID: w.tree.School.ID, Kind: model.UnitClass, Name: strings.Repeat("班", 101)}, model.Invalid("name", "unit_name_invalid", "")},
		} {
			_, err := w.svc.CreateUnit(ctx, c.actor, c.in)
			require.ErrorIs(t, err, c.want, name)
		}
	})
}

func TestAUnitIsRenamedArchivedAndGivenANewCodeByItsManagersOnly(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		teacher := w.Staff(model.RoleTeacher, w.tree.School)
		for _, change := range []func(model.Actor) error{
			func(a model.Actor) error { _, err := w.svc.RenameUnit(ctx, a, w.tree.Class.ID, "新名"); return err },
			func(a model.Actor) error { _, err := w.svc.ArchiveUnit(ctx, a, w.tree.OtherClass.ID); return err },
			func(a model.Actor) error { _, err := w.svc.NewClassCode(ctx, a, w.tree.Class.ID); return err },
		} {
			require.ErrorIs(t, change(teacher), model.NotFound("unit"))
			require.NoError(t, change(w.school))
		}
		u, err := w.svc.Unit(ctx, w.county, w.tree.Class.ID)
		require.NoError(t, err)
		require.Equal(t, "新名", u.Name)
		require.NotEqual(t, w.tree.Class.Code, u.Code)
		_, err = w.svc.UnitByCode(ctx, w.tree.Class.Code)
		require.ErrorIs(t, err, model.NotFound("unit"))
		found, err := w.svc.UnitByCode(ctx, u.Code)
		require.NoError(t, err)
		require.Equal(t, w.tree.Class.ID, found.ID)

		_, err = w.svc.RenameUnit(ctx, w.school, w.tree.Class.ID, w.tree.OtherClass.Name)
		require.ErrorIs(t, err, model.Conflict("unit_name_taken", ""))
		_, err = w.svc.RenameUnit(ctx, w.school, w.tree.Class.ID, "新名")
		require.NoError(t, err)
		_, err = w.svc.NewClassCode(ctx, w.county, w.tree.School.ID)
		require.ErrorIs(t, err, model.Conflict("unit_not_class", ""))
		_, err = w.svc.ArchiveUnit(ctx, w.county, w.tree.County.ID)
		require.ErrorIs(t, err, model.Conflict("unit_is_root", ""))

		w.Pupil(w.tree.Class)
		for _, id := range []model.ID{w.tree.Class.ID, w.tree.School.ID, w.tree.Town.ID} {
			_, err = w.svc.ArchiveUnit(ctx, w.county, id)
			require.ErrorIs(t, err, model.Conflict("unit_has_pupils", ""))
		}
		w.apply(w.school, w.tree.School, roster(w.tree.OtherClass.Name+",甲甲,A001,,")) // the archived class comes back; the other pupil departs
		again, err := w.svc.Unit(ctx, w.school, w.tree.OtherClass.ID)
		require.NoError(t, err)
		require.Nil(t, again.ArchivedAt)
		archived, err := w.svc.ArchiveUnit(ctx, w.school, w.tree.Class.ID)
		require.NoError(t, err)
		require.NotNil(t, archived.ArchivedAt)
		_, err = w.svc.ArchiveUnit(ctx, w.school, w.tree.Class.ID)
		require.NoError(t, err)
		w.requireCountsRight()
	})
}

func TestEachSeesTheUnitsThatConcernThem(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		other := w.Tree()
		pupil := w.Pupil(w.tree.Class)
		list := func(actor model.Actor, parent model.ID) []org.Unit {
			l, err := w.svc.Units(ctx, actor, org.ListUnits{ParentID: parent, PageRequest: store.PageRequest{Limit: 10}})
			require.NoError(t, err)
			return l.Items
		}
		idsOf := func(units []org.Unit) []model.ID {
			ids := []model.ID{}
			for _, u := range units {
				ids = append(ids, u.ID)
			}
			return ids
		}
		guardian := w.Guardian(pupil)
		require.Equal(t, []model.ID{w.tree.County.ID}, idsOf(list(guardian, 0)))
		require.Equal(t, []model.ID{w.tree.Class.ID}, idsOf(list(guardian, w.tree.School.ID)), "not the other class")
		for _, u := range append(list(guardian, w.tree.School.ID), list(guardian, 0)...) {
			require.Empty(t, u.Code)
			require.Nil(t, u.PupilCount)
		}
		both := w.Account(model.RoleAt{Role: model.RoleManager, UnitID: w.tree.Town.ID}, model.RoleAt{Role: model.RoleTeacher, UnitID: w.tree.Class.ID})
		require.Equal(t, []model.ID{w.tree.Town.ID}, idsOf(list(both, 0)), "the class lies below the town")
		classes := list(both, w.tree.School.ID)
		require.Equal(t, []model.ID{w.tree.Class.ID, w.tree.OtherClass.ID}, idsOf(classes))
		require.Equal(t, w.tree.Class.Code, classes[0].Code)
		require.Equal(t, 1, *classes[0].PupilCount)
		inspector := w.Staff(model.RoleInspector, w.tree.County)
		require.Empty(t, list(inspector, w.tree.School.ID)[0].Code)
		require.NotNil(t, list(inspector, w.tree.School.ID)[0].PupilCount)
		require.Empty(t, list(model.Actor{}, 0))

		paged, err := w.svc.Units(ctx, both, org.ListUnits{ParentID: w.tree.School.ID, PageRequest: store.PageRequest{Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, []model.ID{w.tree.Class.ID}, idsOf(paged.Items))
		require.NotEmpty(t, paged.NextCursor)
		paged, err = w.svc.Units(ctx, both, org.ListUnits{ParentID: w.tree.School.ID, PageRequest: store.PageRequest{Limit: 1, Cursor: paged.NextCursor}})
		require.NoError(t, err)
		require.Equal(t, []model.ID{w.tree.OtherClass.ID}, idsOf(paged.Items))
		require.Zero(t, paged.NextCursor)

		for _, actor := range []model.Actor{w.county, guardian, both, inspector, {}} {
			_, err := w.svc.Unit(ctx, actor, other.School.ID)
			require.ErrorIs(t, err, model.NotFound("unit"))
			_, err = w.svc.Units(ctx, actor, org.ListUnits{ParentID: other.School.ID, PageRequest: store.PageRequest{Limit: 10}})
			require.ErrorIs(t, err, model.NotFound("unit"))
		}
		_, err = w.svc.Unit(ctx, guardian, w.tree.OtherClass.ID)
		require.ErrorIs(t, err, model.NotFound("unit"))
	})
}

func TestARosterIsListedForTheClassesTeachersAndTheManagersAbove(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		class := w.tree.Class
		w.apply(w.school, w.tree.School, roster(class.Name+",甲甲,G320623201501,男,", class.Name+",乙乙,T12,,", class.Name+",丙丙,T3333,,", w.tree.OtherClass.Name+",丁丁,T4444,,"))
		w.apply(w.school, w.tree.School, roster(class.Name+",甲甲,G320623201501,男,", class.Name+",乙乙,T12,,", w.tree.OtherClass.Name+",丁丁,T4444,,"))
		first := w.pupil("G320623201501")
		w.Guardian(&first)
		w.Guardian(&first)
		want := []org.Pupil{{ID: first.ID, Name: "甲甲", Gender: model.GenderMale, StudentNo: "****1501", Guardians: 2}, {ID: w.pupil("T12").ID, Name: "乙乙", StudentNo: "****2"}}
		for _, actor := range []model.Actor{w.school, w.county, w.Staff(model.RoleTeacher, class)} {
			l, err := w.svc.Pupils(ctx, actor, org.ListPupils{ClassID: class.ID, PageRequest: store.PageRequest{Limit: 10}})
			require.NoError(t, err)
			require.Equal(t, want, l.Items)
		}
		l, err := w.svc.Pupils(ctx, w.county, org.ListPupils{ClassID: class.ID, PageRequest: store.PageRequest{Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, want[:1], l.Items)
		l, err = w.svc.Pupils(ctx, w.county, org.ListPupils{ClassID: class.ID, PageRequest: store.PageRequest{Limit: 1, Cursor: l.NextCursor}})
		require.NoError(t, err)
		require.Equal(t, want[1:], l.Items)
		for _, actor := range []model.Actor{w.Guardian(&first), w.Staff(model.RoleTeacher, w.tree.OtherClass), w.Staff(model.RoleInspector, w.tree.County), {}} {
			_, err := w.svc.Pupils(ctx, actor, org.ListPupils{ClassID: class.ID, PageRequest: store.PageRequest{Limit: 10}})
			require.ErrorIs(t, err, model.NotFound("unit"))
		}
		_, err = w.svc.Pupils(ctx, w.county, org.ListPupils{ClassID: w.tree.School.ID, PageRequest: store.PageRequest{Limit: 10}})
		require.ErrorIs(t, err, model.Conflict("unit_not_class", ""))
	})
}

func TestTheFirstCountyIsMadeByCommandOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		ids := make([]model.ID, 12)
		together(len(ids), func(i int) {
			u, err := w.svc.County(ctx, "示例县")
			if err == nil && w.svc.Towns(ctx, u.ID, []string{"甲镇", "乙镇", "甲镇"}) == nil {
				ids[i] = u.ID
			}
		})
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		require.NotZero(t, ids[0])
		manager := w.Staff(model.RoleManager, &model.Unit{ID: ids[0]})
		l, err := w.svc.Units(ctx, manager, org.ListUnits{ParentID: ids[0], PageRequest: store.PageRequest{Limit: 10}})
		require.NoError(t, err)
		require.Len(t, l.Items, 2)
		root, err := w.svc.RootByName(ctx, "示例县")
		require.NoError(t, err)
		require.Equal(t, ids[0], root.ID)
		require.ErrorIs(t, w.svc.Towns(ctx, w.tree.Town.ID, []string{"镇"}), model.Invalid("kind", "unit_kind_not_allowed", ""))
	})
}
