package identity

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// ends are the lines of the history about the pupil, the oldest first.
func (b *bundle) ends(pupil model.ID) []model.BindingEnd {
	b.t.Helper()
	var rows []model.BindingEnd
	require.NoError(b.t, b.store.Read(b.t.Context()).Where("pupil_id = ?", pupil).Order("id").Find(&rows).Error)
	return rows
}

func TestTheSchoolEndsAWrongGuardianship(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		parent, stranger := b.Account(), b.Account()
		_, err := b.bind(parent, claim)
		require.NoError(b.t, err)
		_, err = b.BindChild(ctx, stranger, claim, model.RelationOther)
		require.NoError(b.t, err)

		for i, staff := range []model.Actor{b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleManager, tree.County)} {
			list, err := b.Guardians(ctx, staff, pupil.ID)
			require.NoError(b.t, err)
			require.False(b.t, list.OwnAccount)
			require.Len(b.t, list.Items, 2)
			require.Equal(b.t, []any{parent.AccountID, model.RelationMother}, []any{list.Items[0].AccountID, list.Items[0].Relation})
			require.Equal(b.t, []any{stranger.AccountID, model.RelationOther}, []any{list.Items[1].AccountID, list.Items[1].Relation})
			bound := list.Items[1].BoundAt
			require.WithinDuration(b.t, b.store.Now(), bound, time.Minute)

			token := b.login(stranger)
			require.NotEmpty(b.t, b.actor(token).Roles)
			require.NoError(b.t, b.EndGuardianship(ctx, staff, pupil.ID, stranger.AccountID))
			require.Empty(b.t, b.actor(token).Roles, "at once, not when the cache ends")
			require.ErrorIs(b.t, b.EndGuardianship(ctx, staff, pupil.ID, stranger.AccountID), model.NotFound("guardian"))
			left, err := b.Guardians(ctx, staff, pupil.ID)
			require.NoError(b.t, err)
			require.Equal(b.t, list.Items[:1], left.Items)

			rows := b.ends(pupil.ID)
			require.Len(b.t, rows, i+1)
			end := rows[i]
			require.True(b.t, end.BoundAt.Equal(bound))
			require.WithinDuration(b.t, b.store.Now(), end.EndedAt, time.Minute)
			require.Equal(b.t, []any{stranger.AccountID, model.BindingGuardian, model.RelationOther, staff.AccountID}, []any{end.AccountID, end.Kind, end.Relation, end.EndedBy})
			b.Bind(stranger, pupil) // for the next one
			b.Set(&model.Guardianship{}, "relation", model.RelationOther, "account_id = ?", stranger.AccountID)
		}
	})
}

func TestTheSchoolReleasesAPupilsOwnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		teacher, sibling := b.Staff(model.RoleTeacher, tree.Class), b.Account()
		for i, by := range []model.Actor{teacher, b.Staff(model.RoleManager, tree.School)} {
			b.Set(pupil, "account_id", sibling.AccountID)
			token := b.login(sibling)
			require.Equal(b.t, pupil.ID, b.actor(token).PupilID)
			list, err := b.Guardians(ctx, teacher, pupil.ID)
			require.NoError(b.t, err)
			require.True(b.t, list.OwnAccount)

			require.NoError(b.t, b.ReleasePupil(ctx, by, pupil.ID))
			require.Zero(b.t, b.actor(token).PupilID, "at once, not when the cache ends")
			require.Empty(b.t, b.actor(token).Roles)
			require.ErrorIs(b.t, b.ReleasePupil(ctx, by, pupil.ID), model.NotFound("pupil_account"))
			rows := b.ends(pupil.ID)
			require.Len(b.t, rows, i+1)
			require.Equal(b.t, []any{sibling.AccountID, model.BindingPupil, by.AccountID}, []any{rows[i].AccountID, rows[i].Kind, rows[i].EndedBy})
			require.Nil(b.t, rows[i].BoundAt)
		}
		right, err := b.BindPupil(ctx, b.Account(), claim)
		require.NoError(b.t, err)
		require.Equal(b.t, ClaimWaits, right.Waiting.Status, "the right one can claim it, and waits for the teacher")
	})
}

func TestOnlyThoseOfThePupilCanEndAGuardianship(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil := b.Pupil(tree.Class)
		parent := b.Guardian(pupil)
		b.PupilAccount(pupil)
		otherSchool := b.Unit(model.UnitSchool, tree.Town)
		for name, actor := range map[string]model.Actor{
			"a manager of another school":  b.Staff(model.RoleManager, otherSchool),
			"a manager of another county":  b.Staff(model.RoleManager, b.Tree().County),
			"a teacher of another class":   b.Staff(model.RoleTeacher, tree.OtherClass),
			"a counsellor of the school":   b.Staff(model.RoleCounsellor, tree.School),
			"the parent":                   parent,
			"the parent of another child":  b.Guardian(b.Pupil(tree.Class)),
			"somebody":                     b.Account(),
			"the county's duty officer":    b.Staff(model.RoleDuty, tree.County),
			"an inspector of the county":   b.Staff(model.RoleInspector, tree.County),
			"a volunteer of the same town": b.Staff(model.RoleVolunteer, tree.Town),
		} {
			_, err := b.Guardians(ctx, actor, pupil.ID)
			require.ErrorIs(b.t, err, model.NotFound("pupil"), name)
			require.ErrorIs(b.t, b.EndGuardianship(ctx, actor, pupil.ID, parent.AccountID), model.NotFound("pupil"), name)
			require.ErrorIs(b.t, b.ReleasePupil(ctx, actor, pupil.ID), model.NotFound("pupil"), name)
		}
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		require.ErrorIs(b.t, b.EndGuardianship(ctx, teacher, pupil.ID, teacher.AccountID), model.NotFound("guardian"))
		require.ErrorIs(b.t, b.EndGuardianship(ctx, teacher, teacher.AccountID, parent.AccountID), model.NotFound("pupil"))
		b.Set(pupil, "departed_at", b.store.Now())
		_, err := b.Guardians(ctx, teacher, pupil.ID)
		require.ErrorIs(b.t, err, model.NotFound("pupil"), "on no roster any more")
		require.Empty(b.t, b.ends(pupil.ID))
	})
}

func TestUnbindingByTheFamilyIsRecordedToo(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, class := b.t.Context(), b.Tree().Class
		child, own := b.Pupil(class), b.Pupil(class)
		parent, account := b.Guardian(child), b.PupilAccount(own)
		require.NoError(b.t, b.UnbindChild(ctx, parent, child.ID))
		b.become14(own)
		require.NoError(b.t, b.UnbindPupil(ctx, account))
		require.Equal(b.t, parent.AccountID, b.ends(child.ID)[0].EndedBy)
		require.Equal(b.t, account.AccountID, b.ends(own.ID)[0].EndedBy)
	})
}

// The teacher, the manager and the guardian end one guardianship at the same
// moment: one of them does, and one line tells who.
func TestAGuardianshipEndsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		staff := []model.Actor{b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleManager, tree.County)}
		for range 5 {
			pupil := b.Pupil(tree.Class)
			parent, account := b.Guardian(pupil), b.PupilAccount(pupil)
			b.become14(pupil)
			var ended, released atomic.Int32
			note := func(won *atomic.Int32, err error) {
				if err == nil {
					won.Add(1)
				} else if model.KindOf(err) != model.KindNotFound {
					b.t.Error(err)
				}
			}
			storetest.Contend(24, func(i int) error {
				ctx, by := context.Background(), staff[i%len(staff)]
				if i%4 == 3 {
					note(&ended, b.UnbindChild(ctx, parent, pupil.ID))
					note(&released, b.UnbindPupil(ctx, account))
					return nil
				}
				note(&ended, b.EndGuardianship(ctx, by, pupil.ID, parent.AccountID))
				note(&released, b.ReleasePupil(ctx, by, pupil.ID))
				return nil
			})
			require.EqualValues(b.t, 1, ended.Load())
			require.EqualValues(b.t, 1, released.Load())
			require.Len(b.t, b.ends(pupil.ID), 2)
		}
	})
}

// A guardianship that comes while the former is being ended is either there with
// its seat, or was refused: never a seat without its guardian's role.
func TestAGuardianshipThatRacesWithItsEndStaysWhole(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		for range 10 {
			pupil := b.Pupil(tree.Class)
			parent := b.Guardian(pupil)
			token := b.login(parent)
			b.actor(token)
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := b.EndGuardianship(context.Background(), teacher, pupil.ID, parent.AccountID); err != nil {
					b.t.Error(err)
				}
			})
			wg.Go(func() {
				_, err := b.bindChild(context.Background(), parent, pupil.ID, model.RelationOther)
				if err != nil && !errors.Is(err, model.NotFound("child")) {
					b.t.Error(err)
				}
			})
			wg.Wait()
			list, err := b.Guardians(b.t.Context(), teacher, pupil.ID)
			require.NoError(b.t, err)
			require.Equal(b.t, len(list.Items) == 1, b.actor(token).Has(b.store.Now(), model.RoleGuardian))
		}
	})
}
