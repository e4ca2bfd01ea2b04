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

func (b *bundle) invite(actor model.Actor) string {
	b.t.Helper()
	invite, err := b.InviteCode(b.t.Context(), actor)
	require.NoError(b.t, err)
	require.Regexp(b.t, "^["+inviteLetters+"]{8}$", invite.Code)
	return invite.Code
}

func (b *bundle) grant(by model.Actor, unit *model.Unit, to model.Actor, role model.Role) (GrantView, error) {
	b.t.Helper()
	return b.Grant(b.t.Context(), by, unit.ID, GrantIn{InviteCode: b.invite(to), Role: role, Name: "王老师"})
}

func TestNoRoleIsGivenAtAUnitOutOfUse(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		county := b.Staff(model.RoleManager, tree.County)
		invite, err := b.InviteCode(ctx, b.Account())
		require.NoError(b.t, err)
		b.Set(tree.School, "archived_at", b.store.Now())
		for _, role := range []model.Role{model.RoleTeacher, model.RoleManager, model.RoleDuty} {
			_, err := b.Grant(ctx, county, tree.School.ID, GrantIn{InviteCode: invite.Code, Role: role, Name: "王老师"})
			require.ErrorIs(b.t, err, errUnitArchived)
		}
		b.Set(tree.County, "archived_at", b.store.Now())
		_, err = Appoint(ctx, b.store, b.cache, b.log, tree.County.Name, invite.Code, "王老师")
		require.ErrorIs(b.t, err, errUnitArchived)
		_, err = b.Grant(ctx, county, tree.Town.ID, GrantIn{InviteCode: invite.Code, Role: model.RoleTeacher, Name: "王老师"})
		require.NoError(b.t, err, "the code is not spent by refusals")
	})
}

func TestAManagerGivesAndTakesRolesBelow(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		manager, teacher := b.Staff(model.RoleManager, tree.School), b.Account()
		token := b.login(teacher)
		require.Empty(b.t, b.actor(token).Roles)

		first, err := b.grant(manager, tree.Class, teacher, model.RoleTeacher)
		require.NoError(b.t, err)
		require.Equal(b.t, []model.RoleAt{{Role: model.RoleTeacher, UnitID: tree.Class.ID}}, b.actor(token).Roles)
		list, err := b.Grants(ctx, manager, tree.Class.ID)
		require.NoError(b.t, err)
		require.Equal(b.t, []GrantView{first}, list)
		require.Equal(b.t, "王老师", first.Name)

		end := b.store.Now().Add(time.Hour)
		again, err := b.Grant(ctx, manager, tree.Class.ID, GrantIn{InviteCode: b.invite(teacher), Role: model.RoleTeacher, Name: "王老师", EndsAt: &end})
		require.NoError(b.t, err)
		require.Equal(b.t, first.ID, again.ID, "one row for a role at a unit")
		require.Equal(b.t, &end, b.actor(token).Roles[0].EndsAt)

		require.NoError(b.t, b.Revoke(ctx, manager, first.ID))
		require.Empty(b.t, b.actor(token).Roles)
		require.ErrorIs(b.t, b.Revoke(ctx, manager, first.ID), model.NotFound("grant"))
		list, err = b.Grants(ctx, manager, tree.Class.ID)
		require.NoError(b.t, err)
		require.Empty(b.t, list)

		_, err = b.grant(manager, tree.Class, teacher, model.RoleTeacher)
		require.NoError(b.t, err, "what was revoked can be given again")
		require.Len(b.t, b.actor(token).Roles, 1)
	})
}

func TestUnitsAboveAndBesideAreNotFound(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, other, ctx := b.Tree(), b.Tree(), b.t.Context()
		manager, above := b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleManager, tree.County)
		past := b.store.Now().Add(-time.Minute)
		former := b.Account()
		former.Roles = []model.RoleAt{{Role: model.RoleManager, UnitID: tree.County.ID, EndsAt: &past}}
		granted, err := b.grant(above, tree.Town, b.Account(), model.RoleDuty)
		require.NoError(b.t, err)
		for _, c := range []struct {
			who  model.Actor
			unit *model.Unit
		}{{manager, tree.Town}, {manager, other.School}, {manager, other.Class}, {b.Staff(model.RoleTeacher, tree.School), tree.Class}, {former, tree.School}, {b.Account(), tree.Class}} {
			_, err := b.grant(c.who, c.unit, b.Account(), model.RoleTeacher)
			require.ErrorIs(b.t, err, model.NotFound("unit"))
			_, err = b.Grants(ctx, c.who, c.unit.ID)
			require.ErrorIs(b.t, err, model.NotFound("unit"))
			require.ErrorIs(b.t, b.Revoke(ctx, c.who, granted.ID), model.NotFound("grant"))
		}
	})
}

func TestGrantRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx, now := b.Tree(), b.t.Context(), b.store.Now()
		manager, person := b.Staff(model.RoleManager, tree.School), b.Account()
		in := func(role model.Role, name string, ends time.Duration) GrantIn {
			g := GrantIn{InviteCode: b.invite(person), Role: role, Name: name}
			if ends != 0 {
				end := now.Add(ends)
				g.EndsAt = &end
			}
			return g
		}
		const day = 24 * time.Hour
		for _, c := range []struct {
			in   GrantIn
			want error
		}{
			{in(model.RoleGuardian, "王老师", 0), errRole},
			{in("king", "王老师", 0), errRole},
			{in(model.RoleTeacher, " ", 0), errNameNeeded},
			{in(model.RoleTeacher, "王老师", -time.Second), errEndPast},
			{in(model.RoleInspector, "王老师", 0), errEndNeeded},
			{in(model.RoleInspector, "王老师", 61*day), errEndNeeded},
		} {
			_, err := b.Grant(ctx, manager, tree.Class.ID, c.in)
			require.ErrorIs(b.t, err, c.want)
		}
		_, err := b.Grant(ctx, manager, tree.Class.ID, in(model.RoleInspector, "王老师", 60*day))
		require.NoError(b.t, err)
		_, err = b.grant(manager, tree.Class, manager, model.RoleTeacher)
		require.ErrorIs(b.t, err, errGrantToSelf)
		_, err = b.grant(manager, tree.Class, b.PupilAccount(b.Pupil(tree.Class)), model.RoleTeacher)
		require.ErrorIs(b.t, err, errAccountIsPupil)
		b.disable(person.AccountID)
		_, err = b.grant(manager, tree.Class, person, model.RoleTeacher)
		require.ErrorIs(b.t, err, errInviteDisabled)
	})
}

// Who manages a unit until a day can't give a role there beyond it.
func TestAGrantEndsNoLaterThanItsManagersOwn(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, now := b.Tree(), b.store.Now()
		day := func(n int) *time.Time {
			at := now.AddDate(0, 0, n)
			return &at
		}
		managing := func(unit *model.Unit, until *time.Time) model.RoleAt {
			return model.RoleAt{Role: model.RoleManager, UnitID: unit.ID, EndsAt: until}
		}
		week := b.Account(managing(tree.School, day(7)))
		longer := b.Account(managing(tree.School, day(7)), managing(tree.County, day(30)), managing(tree.OtherClass, nil), managing(b.Tree().County, nil))
		always := b.Account(managing(tree.School, day(7)), managing(tree.County, nil))
		for _, c := range []struct {
			by          model.Actor
			role        model.Role
			asked, want *time.Time
		}{
			{week, model.RoleTeacher, nil, day(7)},
			{week, model.RoleCounsellor, day(8), day(7)},
			{week, model.RoleInspector, day(60), day(7)},
			{week, model.RoleTeacher, day(3), day(3)},
			{longer, model.RoleTeacher, nil, day(30)},
			{always, model.RoleTeacher, nil, nil},
			{always, model.RoleTeacher, day(99), day(99)},
		} {
			person := b.Account()
			got, err := b.Grant(b.t.Context(), c.by, tree.Class.ID, GrantIn{InviteCode: b.invite(person), Role: c.role, Name: "王老师", EndsAt: c.asked})
			require.NoError(b.t, err)
			roles := b.actor(b.login(person)).Roles
			require.Len(b.t, roles, 1)
			for _, end := range []*time.Time{got.EndsAt, roles[0].EndsAt} {
				require.Equal(b.t, c.want == nil, end == nil, "%s asked %v", c.role, c.asked)
				require.True(b.t, c.want == nil || c.want.Equal(*end), "%s asked %v, has %v", c.role, c.asked, end)
			}
		}

		// The actor of a call can be a minute old; the role is gone already.
		var grant model.Grant
		require.NoError(b.t, b.store.Read(b.t.Context()).Take(&grant, "account_id = ?", week.AccountID).Error)
		require.NoError(b.t, b.Revoke(b.t.Context(), b.Staff(model.RoleManager, tree.County), grant.ID))
		_, err := b.grant(week, tree.Class, b.Account(), model.RoleTeacher)
		require.ErrorIs(b.t, err, model.NotFound("unit"))
	})
}

func TestAnInviteCodeIsGoodOnceForTenMinutes(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	b := setup(t, storetest.SQLite(t, storetest.WithClock(clock.Now)), storetest.InProcessRedis(t))
	tree := b.Tree()
	manager, person := b.Staff(model.RoleManager, tree.School), b.Account()
	use := func(code string) error {
		_, err := b.Grant(t.Context(), manager, tree.Class.ID, GrantIn{InviteCode: code, Role: model.RoleTeacher, Name: "王老师"})
		return err
	}
	former := b.invite(person)
	code := b.invite(person)
	require.ErrorIs(t, use(former), errInviteInvalid, "a new code replaces the former")
	require.NoError(t, use(" "+code[:4]+" "+code[4:]))
	require.ErrorIs(t, use(code), errInviteInvalid)
	code = b.invite(person)
	clock.Advance(inviteLife)
	require.ErrorIs(t, use(code), errInviteInvalid)
	for range invitesPerManager.Count {
		_ = use("WRONGONE")
	}
	require.Equal(t, model.KindTooMany, model.KindOf(use(b.invite(person))))
}

// Two hundred calls spend one code: one of them gets the role.
func TestAnInviteCodeIsRedeemedOnceByRacers(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		code := b.invite(b.Account())
		managers := make([]model.Actor, 200)
		for i := range managers {
			managers[i] = b.Staff(model.RoleManager, tree.School)
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for _, m := range managers {
			wg.Go(func() {
				_, err := b.Grant(context.Background(), m, tree.Class.ID, GrantIn{InviteCode: code, Role: model.RoleTeacher, Name: "王老师"})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, errInviteInvalid) {
					b.t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(b.t, 1, won.Load())
	})
}

// A manager of two units gives up both at the same time, and keeps one.
func TestNobodyGivesUpTheLastManagersRole(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		for range 10 {
			tree := b.Tree()
			manager := b.Account(model.RoleAt{Role: model.RoleManager, UnitID: tree.School.ID}, model.RoleAt{Role: model.RoleManager, UnitID: tree.County.ID})
			var grants []model.ID
			require.NoError(b.t, b.store.Read(b.t.Context()).Model(&model.Grant{}).Where("account_id = ?", manager.AccountID).Pluck("id", &grants).Error)
			var revoked, kept atomic.Int32
			var wg sync.WaitGroup
			for _, id := range grants {
				wg.Go(func() {
					err := b.Revoke(context.Background(), manager, id)
					switch {
					case err == nil:
						revoked.Add(1)
					case errors.Is(err, errLastManager):
						kept.Add(1)
					default:
						b.t.Error(err)
					}
				})
			}
			wg.Wait()
			require.EqualValues(b.t, 1, revoked.Load())
			require.EqualValues(b.t, 1, kept.Load())
		}
	})
}

// Without a manager who can log in and whose role has no end, only the operator
// could help a county.
func TestACountyKeepsAManager(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.t.Context()
		of := func(account model.ID) model.ID {
			var g model.Grant
			require.NoError(b.t, b.store.Read(ctx).Take(&g, "account_id = ? AND revoked_at IS NULL", account).Error)
			return g.ID
		}
		for name, takeFrom := range map[string]func(by, other model.Actor) error{
			"revoke each other": func(by, other model.Actor) error { return b.Revoke(ctx, by, of(other.AccountID)) },
			"lock each other":   func(by, other model.Actor) error { return b.LockAccount(ctx, by, other.AccountID, "离职") },
		} {
			b.t.Run(name, func(t *testing.T) {
				for range 5 {
					county := b.Unit(model.UnitCounty, nil)
					two := []model.Actor{b.Staff(model.RoleManager, county), b.Staff(model.RoleManager, county)}
					errs := storetest.Contend(2, func(i int) error { return takeFrom(two[i], two[1-i]) })
					require.Equal(t, 1, b.Count(&model.Grant{}, "unit_id = ? AND revoked_at IS NULL AND account_id IN (SELECT id FROM accounts WHERE disabled_at IS NULL)", county.ID), "%v", errs)
				}
			})
		}
		county := b.Unit(model.UnitCounty, nil)
		first, second := b.Staff(model.RoleManager, county), b.Staff(model.RoleManager, county)
		b.t.Run("one who is locked out does not count", func(t *testing.T) {
			require.NoError(t, b.LockAccount(ctx, first, second.AccountID, "离职"))
			require.ErrorIs(t, b.Revoke(ctx, first, of(first.AccountID)), errLastManager)
			require.NoError(t, b.UnlockAccount(ctx, first, second.AccountID))
		})
		b.t.Run("nor does one whose role ends", func(t *testing.T) {
			soon := b.store.Now().Add(time.Minute)
			require.NoError(t, b.give(first, second, county, &soon))
			require.ErrorIs(t, b.Revoke(ctx, first, of(first.AccountID)), errLastManager)
			require.ErrorIs(t, b.give(second, first, county, &soon), errLastManager, "the last one's gets no end")
		})
	})
}

// give gives the role of a manager at the unit to the other.
func (b *bundle) give(by, to model.Actor, unit *model.Unit, until *time.Time) error {
	b.t.Helper()
	_, err := b.Grant(b.t.Context(), by, unit.ID, GrantIn{InviteCode: b.invite(to), Role: model.RoleManager, Name: "王老师", EndsAt: until})
	return err
}

// A manager must not appoint the next one, nor an own second account that
// alerts are shown to; nor undo what those above have done.
func TestManagersAndDutyOfficersAreAppointedFromAbove(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		county, manager, second := b.Staff(model.RoleManager, tree.County), b.Staff(model.RoleManager, tree.School), b.Account()
		for _, role := range model.FromAbove {
			_, err := b.grant(manager, tree.School, second, role)
			require.ErrorIs(b.t, err, errFromAbove, role)
			given, err := b.grant(county, tree.School, second, role)
			require.NoError(b.t, err, role)
			require.ErrorIs(b.t, b.Revoke(ctx, manager, given.ID), errFromAbove, role)
			require.ErrorIs(b.t, b.LockAccount(ctx, manager, second.AccountID, "离职"), model.NotFound("account"), role)
			require.NoError(b.t, b.LockAccount(ctx, county, second.AccountID, "离职"), role)
			require.ErrorIs(b.t, b.UnlockAccount(ctx, manager, second.AccountID), model.NotFound("account"), role)
			require.NoError(b.t, b.UnlockAccount(ctx, county, second.AccountID), role)
			require.NoError(b.t, b.Revoke(ctx, county, given.ID), role)
		}
		_, err := b.grant(manager, tree.Class, second, model.RoleDuty)
		require.ErrorIs(b.t, err, errFromAbove, "nor for each class")
		_, err = b.grant(county, tree.County, b.Account(), model.RoleManager)
		require.NoError(b.t, err, "nobody stands above a county")
	})
}
