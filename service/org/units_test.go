package org_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestUnitsAreCreatedOnlyWhereTheirKindIsAllowed(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		form := regexp.MustCompile(`^[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{8}$`)
		codes := map[string]bool{}
		for _, name := range []string{"一班", "二班", "三班"} {
			u, err := b.svc.CreateUnit(ctx, b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: " " + name + "　"})
			require.NoError(t, err)
			require.Equal(t, name, u.Name)
			require.Regexp(t, form, u.Code)
			require.False(t, codes[u.Code])
			codes[u.Code] = true
			detail, err := b.svc.Unit(ctx, b.county, u.ID)
			require.NoError(t, err)
			require.Len(t, detail.Path, 4)
			require.Equal(t, []model.ID{b.tree.County.ID, b.tree.Town.ID, b.tree.School.ID, u.ID},
				[]model.ID{detail.Path[0].ID, detail.Path[1].ID, detail.Path[2].ID, detail.Path[3].ID})
		}
		for name, c := range map[string]struct {
			actor model.Actor
			in    org.NewUnit
			want  error
		}{
			"taken":      {b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: "一班"}, model.Conflict("unit_name_taken", "")},
			"wrong kind": {b.county, org.NewUnit{ParentID: b.tree.County.ID, Kind: model.UnitClass, Name: "班"}, model.Invalid("kind", "unit_kind_not_allowed", "")},
			"not mine":   {b.school, org.NewUnit{ParentID: b.tree.Town.ID, Kind: model.UnitSchool, Name: "校"}, model.NotFound("unit")},
			"no manager": {b.Staff(model.RoleTeacher, b.tree.School), org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: "班"}, model.NotFound("unit")},
			"nowhere":    {b.county, org.NewUnit{ParentID: 1, Kind: model.UnitTown, Name: "镇"}, model.NotFound("unit")},
			"no name":    {b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: " \u200b "}, model.Invalid("name", "unit_name_invalid", "")},
			"formula":    {b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: "=1+1"}, model.Invalid("name", "unit_name_invalid", "")},
			"too long":   {b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: strings.Repeat("班", 101)}, model.Invalid("name", "unit_name_invalid", "")},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := b.svc.CreateUnit(t.Context(), c.actor, c.in)
				require.ErrorIs(t, err, c.want)
			})
		}
	})
}

func TestAUnitIsRenamedArchivedAndGivenANewCodeByItsManagersOnly(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, t := b.t.Context(), b.t
		for name, change := range map[string]func(model.Actor) error{
			"rename": func(a model.Actor) error {
				seen, err := b.svc.Unit(ctx, b.county, b.tree.Class.ID)
				require.NoError(t, err)
				_, err = b.svc.RenameUnit(ctx, a, b.tree.Class.ID, seen.Version, "新名")
				return err
			},
			"archive":  func(a model.Actor) error { _, err := b.svc.ArchiveUnit(ctx, a, b.tree.OtherClass.ID); return err },
			"new code": func(a model.Actor) error { _, err := b.svc.NewClassCode(ctx, a, b.tree.Class.ID); return err },
		} {
			t.Run(name+" is for managers", func(t *testing.T) {
				require.ErrorIs(t, change(b.Staff(model.RoleTeacher, b.tree.School)), model.NotFound("unit"))
				require.NoError(t, change(b.school))
			})
		}
		t.Run("the new name and code hold, the old code leads nowhere", func(t *testing.T) {
			u, err := b.svc.Unit(ctx, b.county, b.tree.Class.ID)
			require.NoError(t, err)
			require.Equal(t, "新名", u.Name)
			require.NotEqual(t, b.tree.Class.Code, u.Code)
			_, err = b.svc.UnitByCode(ctx, b.tree.Class.Code)
			require.ErrorIs(t, err, model.NotFound("unit"))
			found, err := b.svc.UnitByCode(ctx, u.Code)
			require.NoError(t, err)
			require.Equal(t, b.tree.Class.ID, found.ID)
		})
		t.Run("a name is unique among siblings; the own one may be given again", func(t *testing.T) {
			seen, err := b.svc.Unit(ctx, b.school, b.tree.Class.ID)
			require.NoError(t, err)
			_, err = b.svc.RenameUnit(ctx, b.school, b.tree.Class.ID, seen.Version, b.tree.OtherClass.Name)
			require.ErrorIs(t, err, model.Conflict("unit_name_taken", ""))
			_, err = b.svc.RenameUnit(ctx, b.school, b.tree.Class.ID, seen.Version, "新名")
			require.NoError(t, err)
		})
		t.Run("the second of two editors is told what is there now, and changes nothing", func(t *testing.T) {
			seen, err := b.svc.Unit(ctx, b.school, b.tree.Class.ID)
			require.NoError(t, err)
			first, err := b.svc.RenameUnit(ctx, b.school, b.tree.Class.ID, seen.Version, "第一个")
			require.NoError(t, err)
			require.Equal(t, seen.Version+1, first.Version)
			_, err = b.svc.RenameUnit(ctx, b.county, b.tree.Class.ID, seen.Version, "第二个")
			current, is := storetest.Refused(t, err, "version_conflict").Details.(org.Unit)
			require.True(t, is)
			require.Equal(t, "第一个", current.Name)
			require.Equal(t, first.Version, current.Version)
			errs := storetest.Contend(20, func(i int) error {
				_, err := b.svc.RenameUnit(ctx, b.school, b.tree.Class.ID, first.Version, fmt.Sprintf("第%d个", i+3))
				return err
			})
			require.Equal(t, map[string]int{"": 1, "version_conflict": 19}, storetest.Codes(t, errs))
			code, err := b.svc.NewClassCode(ctx, b.school, b.tree.Class.ID)
			require.NoError(t, err)
			require.Equal(t, first.Version+2, code.Version)
		})
		t.Run("only a class has a code, and a county is not archived", func(t *testing.T) {
			_, err := b.svc.NewClassCode(ctx, b.county, b.tree.School.ID)
			require.ErrorIs(t, err, model.Conflict("unit_not_class", ""))
			_, err = b.svc.ArchiveUnit(ctx, b.county, b.tree.County.ID)
			require.ErrorIs(t, err, model.Conflict("unit_is_root", ""))
		})
		t.Run("a unit with pupils is not archived", func(t *testing.T) {
			b.Pupil(b.tree.Class)
			for _, id := range []model.ID{b.tree.Class.ID, b.tree.School.ID, b.tree.Town.ID} {
				_, err := b.svc.ArchiveUnit(ctx, b.county, id)
				require.ErrorIs(t, err, model.Conflict("unit_has_pupils", ""))
			}
		})
		t.Run("an import reopens an archived class and empties another, which is then archived, twice if asked twice", func(t *testing.T) {
			b.apply(b.school, b.tree.School, roster(b.tree.OtherClass.Name+",甲甲,A001,,"))
			again, err := b.svc.Unit(ctx, b.school, b.tree.OtherClass.ID)
			require.NoError(t, err)
			require.Nil(t, again.ArchivedAt)
			archived, err := b.svc.ArchiveUnit(ctx, b.school, b.tree.Class.ID)
			require.NoError(t, err)
			require.NotNil(t, archived.ArchivedAt)
			_, err = b.svc.ArchiveUnit(ctx, b.school, b.tree.Class.ID)
			require.NoError(t, err)
			b.requireCountsRight()
		})
		t.Run("a class out of use gets no new code, but may give its name away", func(t *testing.T) {
			_, err := b.svc.NewClassCode(ctx, b.school, b.tree.Class.ID)
			require.ErrorIs(t, err, model.Conflict("unit_archived", ""))
			seen, err := b.svc.Unit(ctx, b.school, b.tree.Class.ID)
			require.NoError(t, err)
			_, err = b.svc.RenameUnit(ctx, b.school, b.tree.Class.ID, seen.Version, "旧班")
			require.NoError(t, err)
			_, err = b.svc.CreateUnit(ctx, b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: seen.Name})
			require.NoError(t, err)
		})
	})
}

func TestEachSeesTheUnitsThatConcernThem(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, t := b.t.Context(), b.t
		guardian := b.Guardian(b.Pupil(b.tree.Class))
		both := b.Account(model.RoleAt{Role: model.RoleManager, UnitID: b.tree.Town.ID}, model.RoleAt{Role: model.RoleTeacher, UnitID: b.tree.Class.ID})
		inspector := b.Staff(model.RoleInspector, b.tree.County)
		list := func(t *testing.T, actor model.Actor, parent model.ID) []org.Unit {
			t.Helper()
			l, err := b.svc.Units(ctx, actor, org.ListUnits{ParentID: store.IDParam{ID: parent}, PageRequest: store.PageRequest{Limit: 10}})
			require.NoError(t, err)
			return l.Items
		}

		t.Run("a family the way to its class, without code and count", func(t *testing.T) {
			require.Equal(t, []model.ID{b.tree.County.ID}, unitIDs(list(t, guardian, 0)))
			require.Equal(t, []model.ID{b.tree.Class.ID}, unitIDs(list(t, guardian, b.tree.School.ID)), "not the other class")
			for _, u := range append(list(t, guardian, b.tree.School.ID), list(t, guardian, 0)...) {
				require.Empty(t, u.Code)
				require.Nil(t, u.PupilCount)
			}
			_, err := b.svc.Unit(ctx, guardian, b.tree.OtherClass.ID)
			require.ErrorIs(t, err, model.NotFound("unit"))
		})
		t.Run("staff what lies below their unit, with code and count", func(t *testing.T) {
			require.Equal(t, []model.ID{b.tree.Town.ID}, unitIDs(list(t, both, 0)), "the class lies below the town")
			classes := list(t, both, b.tree.School.ID)
			require.Equal(t, []model.ID{b.tree.Class.ID, b.tree.OtherClass.ID}, unitIDs(classes))
			require.Equal(t, b.tree.Class.Code, classes[0].Code)
			require.Equal(t, 1, *classes[0].PupilCount)
		})
		t.Run("an inspector the count and no code", func(t *testing.T) {
			require.Empty(t, list(t, inspector, b.tree.School.ID)[0].Code)
			require.NotNil(t, list(t, inspector, b.tree.School.ID)[0].PupilCount)
		})
		t.Run("nobody nothing", func(t *testing.T) {
			require.Empty(t, list(t, model.Actor{}, 0))
		})
		t.Run("page by page", func(t *testing.T) {
			paged, err := b.svc.Units(ctx, both, org.ListUnits{ParentID: store.IDParam{ID: b.tree.School.ID}, PageRequest: store.PageRequest{Limit: 1}})
			require.NoError(t, err)
			require.Equal(t, []model.ID{b.tree.Class.ID}, unitIDs(paged.Items))
			require.NotEmpty(t, paged.NextCursor)
			paged, err = b.svc.Units(ctx, both, org.ListUnits{ParentID: store.IDParam{ID: b.tree.School.ID}, PageRequest: store.PageRequest{Limit: 1, Cursor: paged.NextCursor}})
			require.NoError(t, err)
			require.Equal(t, []model.ID{b.tree.OtherClass.ID}, unitIDs(paged.Items))
			require.Zero(t, paged.NextCursor)
		})
		t.Run("no one another county's", func(t *testing.T) {
			other := b.Tree()
			for _, actor := range []model.Actor{b.county, guardian, both, inspector, {}} {
				_, err := b.svc.Unit(ctx, actor, other.School.ID)
				require.ErrorIs(t, err, model.NotFound("unit"))
				_, err = b.svc.Units(ctx, actor, org.ListUnits{ParentID: store.IDParam{ID: other.School.ID}, PageRequest: store.PageRequest{Limit: 10}})
				require.ErrorIs(t, err, model.NotFound("unit"))
			}
		})
	})
}

func unitIDs(units []org.Unit) []model.ID {
	ids := []model.ID{}
	for _, u := range units {
		ids = append(ids, u.ID)
	}
	return ids
}

func TestARosterIsListedForTheClassesTeachersAndTheManagersAbove(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		class := b.tree.Class
		b.apply(b.school, b.tree.School, roster(class.Name+",甲甲,G320623201501,男,", class.Name+",乙乙,T12,,", class.Name+",丙丙,T3333,,", b.tree.OtherClass.Name+",丁丁,T4444,,"))
		b.apply(b.school, b.tree.School, roster(class.Name+",甲甲,G320623201501,男,", class.Name+",乙乙,T12,,", b.tree.OtherClass.Name+",丁丁,T4444,,"))
		first := b.pupil("G320623201501")
		b.Guardian(&first)
		older := b.Guardian(&first)
		newest := b.store.Now()
		b.Set(&model.Guardianship{}, "created_at", newest, "pupil_id = ?", first.ID)
		b.Set(&model.Guardianship{}, "created_at", newest.Add(-time.Hour), "account_id = ?", older.AccountID)
		second := b.pupil("T12")
		b.PupilAccount(&second)
		want := []org.Pupil{{ID: first.ID, Name: "甲甲", Gender: model.GenderMale, StudentNo: "****1501", Guardians: 2, BoundAt: &newest}, {ID: second.ID, Name: "乙乙", StudentNo: "****2", OwnAccount: true}}
		for _, actor := range []model.Actor{b.school, b.county, b.Staff(model.RoleTeacher, class)} {
			l, err := b.svc.Pupils(ctx, actor, class.ID, store.PageRequest{Limit: 10})
			require.NoError(t, err)
			require.Equal(t, want, l.Items)
		}
		l, err := b.svc.Pupils(ctx, b.county, class.ID, store.PageRequest{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, want[:1], l.Items)
		l, err = b.svc.Pupils(ctx, b.county, class.ID, store.PageRequest{Limit: 1, Cursor: l.NextCursor})
		require.NoError(t, err)
		require.Equal(t, want[1:], l.Items)
		for _, actor := range []model.Actor{b.Guardian(&first), b.Staff(model.RoleTeacher, b.tree.OtherClass), b.Staff(model.RoleInspector, b.tree.County), {}} {
			_, err := b.svc.Pupils(ctx, actor, class.ID, store.PageRequest{Limit: 10})
			require.ErrorIs(t, err, model.NotFound("unit"))
		}
		_, err = b.svc.Pupils(ctx, b.county, b.tree.School.ID, store.PageRequest{Limit: 10})
		require.ErrorIs(t, err, model.Conflict("unit_not_class", ""))
	})
}

func TestTheFirstCountyIsMadeByCommandOnce(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		ids := make([]model.ID, 12)
		errs := storetest.Contend(len(ids), func(i int) error {
			u, err := b.svc.County(ctx, "示例县")
			ids[i] = u.ID
			if err != nil {
				return err
			}
			return b.svc.Towns(ctx, u.ID, []string{"甲镇", "乙镇", "甲镇"})
		})
		for i, id := range ids {
			require.NoError(t, errs[i])
			require.Equal(t, ids[0], id)
		}
		require.NotZero(t, ids[0])
		manager := b.Staff(model.RoleManager, &model.Unit{ID: ids[0]})
		l, err := b.svc.Units(ctx, manager, org.ListUnits{ParentID: store.IDParam{ID: ids[0]}, PageRequest: store.PageRequest{Limit: 10}})
		require.NoError(t, err)
		require.Len(t, l.Items, 2)
		root, err := b.svc.RootByName(ctx, "示例县")
		require.NoError(t, err)
		require.Equal(t, ids[0], root.ID)
		require.ErrorIs(t, b.svc.Towns(ctx, b.tree.Town.ID, []string{"镇"}), model.Invalid("kind", "unit_kind_not_allowed", ""))
	})
}
