package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// phone has the account leave a telephone number.
func (b *bundle) phone(account model.ID, number string) {
	b.t.Helper()
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error { return b.phones.Keep(tx, account, number) }))
}

func TestNobodyDecidesAClaimOfAnAccountThatMayBeTheirOwn(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		for name, tie := range map[string]func(staff, asker model.Actor){
			"one person, says WeChat": func(staff, asker model.Actor) {
				b.Set(&model.Account{}, "union_id", "u"+staff.AccountID.String(), "id IN ?", []model.ID{staff.AccountID, asker.AccountID})
			},
			"one telephone": func(staff, asker model.Actor) {
				b.phone(staff.AccountID, "13800"+staff.AccountID.String()[12:])
				b.phone(asker.AccountID, "13800"+staff.AccountID.String()[12:])
			},
			"a role from the one": func(staff, asker model.Actor) {
				b.Insert(&model.Grant{ID: b.store.NewID(), AccountID: asker.AccountID, Role: model.RoleVolunteer, UnitID: tree.School.ID, StartsAt: b.store.Now(),
					RevokedAt: new(b.store.Now()), GrantedBy: staff.AccountID, CreatedAt: b.store.Now()})
			},
			"a role from the other": func(staff, asker model.Actor) {
				b.Set(&model.Grant{}, "granted_by", asker.AccountID, "account_id = ?", staff.AccountID)
			},
		} {
			b.t.Run(name, func(t *testing.T) {
				for _, staff := range []model.Actor{b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School)} {
					asker := b.Account()
					tie(staff, asker)
					asked := b.ask(asker, claim, model.RelationMother)
					require.ErrorIs(t, b.ConfirmClaim(ctx, staff, asked.ID), errClaimOfOwn)
					require.ErrorIs(t, b.RefuseClaim(ctx, staff, asked.ID), errClaimOfOwn)
					_, err := b.ConfirmClaims(ctx, staff, []model.ID{asked.ID})
					require.ErrorIs(t, err, errClaimOfOwn)
					require.NoError(t, b.RefuseClaim(ctx, b.Staff(model.RoleTeacher, tree.Class), asked.ID), "another teacher does")
				}
			})
		}
		// Empty union ids and numbers of others tie nobody.
		teacher, asker := b.Staff(model.RoleTeacher, tree.Class), b.Account()
		b.phone(teacher.AccountID, "13800001111")
		b.phone(asker.AccountID, "13800002222")
		require.NoError(b.t, b.ConfirmClaim(ctx, teacher, b.ask(asker, claim, model.RelationMother).ID))
	})
}

func TestWhoConfirmedWhatIsToldToTheOthersOfTheClass(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.County)
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		b.Set(&model.Account{}, "name", "王老师", "id = ?", teacher.AccountID)
		b.Staff(model.RoleTeacher, tree.OtherClass)
		town := b.Staff(model.RoleManager, tree.Town)
		asked := b.ask(b.Account(), claim, model.RelationMother)
		require.NoError(b.t, b.ConfirmClaim(ctx, teacher, asked.ID))
		require.Equal(b.t, []model.ID{town.AccountID}, b.told(message.KindConfirmed), "the school has nobody else")

		b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
		second, manager := b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School)
		refused, own := b.ask(b.Account(), claim, model.RelationFather), b.ask(b.Account(), claim, "")
		require.NoError(b.t, b.RefuseClaim(ctx, teacher, refused.ID))
		require.Empty(b.t, b.told(message.KindConfirmed))
		require.NoError(b.t, b.ConfirmClaim(ctx, teacher, own.ID))
		require.Equal(b.t, []model.ID{second.AccountID, manager.AccountID}, b.told(message.KindConfirmed))
		var row model.OutboxMessage
		require.NoError(b.t, b.store.Read(ctx).Take(&row, "kind = ?", message.KindConfirmed).Error)
		require.Equal(b.t, []any{tree.Class.ID, model.ID(0), "null"}, []any{row.UnitID, row.PupilID, row.Payload})

		for _, reader := range []struct {
			actor model.Actor
			unit  *model.Unit
		}{{second, tree.Class}, {manager, tree.School}, {town, tree.Town}} {
			page, err := b.DecidedClaims(ctx, reader.actor, reader.unit.ID, store.PageRequest{})
			require.NoError(b.t, err)
			require.Len(b.t, page.Items, 3)
			require.WithinDuration(b.t, b.store.Now(), page.Items[0].DecidedAt, time.Minute)
			page.Items[0].DecidedAt = time.Time{}
			require.Equal(b.t, DecidedClaim{ID: own.ID, PupilID: pupil.ID, PupilName: "王芳", ClassID: tree.Class.ID, ClassName: tree.Class.Name, Kind: model.BindingPupil,
				Outcome: model.ClaimConfirmed, DecidedBy: "王老师"}, page.Items[0])
			require.Equal(b.t, []model.ClaimOutcome{model.ClaimRefused, model.ClaimConfirmed}, []model.ClaimOutcome{page.Items[1].Outcome, page.Items[2].Outcome})
		}
		for _, stranger := range []model.Actor{b.Staff(model.RoleTeacher, tree.OtherClass), b.Staff(model.RoleCounsellor, tree.School), b.Account()} {
			_, err := b.DecidedClaims(ctx, stranger, tree.Class.ID, store.PageRequest{})
			require.ErrorIs(b.t, err, model.NotFound("unit"))
		}
		b.Set(&model.BindingClaim{}, "decided_at", b.store.Now().AddDate(0, 0, -31), "1 = 1")
		page, err := b.DecidedClaims(ctx, manager, tree.School.ID, store.PageRequest{})
		require.NoError(b.t, err)
		require.Empty(b.t, page.Items)
	})
}

// Whoever released the child's own account must not have a second account of theirs
// take its place: for seven days a manager of the school decides, and another one.
func TestAfterAReleaseTheSchoolDecides(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		released, claim := b.enrol(tree.Class, "王芳", "G1")
		b.PupilAccount(released)
		teacher, colleague := b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleTeacher, tree.Class)
		// A manager of the class alone is no more than its teachers.
		ofClass, school, town := b.Staff(model.RoleManager, tree.Class), b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleManager, tree.Town)
		require.NoError(b.t, b.ReleasePupil(ctx, school, released.ID))
		for _, relation := range []model.Relation{"", model.RelationMother} {
			b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
			asked := b.ask(b.Account(), claim, relation)
			require.Equal(b.t, []model.ID{teacher.AccountID, colleague.AccountID, ofClass.AccountID, school.AccountID}, b.told(message.KindClaims), "who can decide hears of it")
			require.True(b.t, b.waiting(teacher, tree.Class)[0].SchoolDecides)
			for _, staff := range []model.Actor{teacher, colleague, ofClass} {
				require.ErrorIs(b.t, b.ConfirmClaim(ctx, staff, asked.ID), errSchoolDecides)
			}
			require.ErrorIs(b.t, b.ConfirmClaim(ctx, school, asked.ID), errAnotherConfirms, "who released the pupil")
			require.NoError(b.t, b.ConfirmClaim(ctx, town, asked.ID))
			b.Set(released, "account_id", nil)
		}
		b.Set(&model.BindingEnd{}, "ended_at", b.store.Now().Add(-family.ReleaseRest), "pupil_id = ?", released.ID)
		asked := b.ask(b.Account(), claim, model.RelationFather)
		require.False(b.t, b.waiting(teacher, tree.Class)[0].SchoolDecides)
		require.NoError(b.t, b.ConfirmClaim(ctx, colleague, asked.ID), "a week later")
	})
}

func TestOthersHearOfADutyOfficer(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		town, school, county := b.Staff(model.RoleManager, tree.Town), b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleManager, tree.County)
		b.Set(&model.Account{}, "name", "镇管理员", "id = ?", town.AccountID)
		appoint := func(by model.Actor, role model.Role) GrantView {
			b.t.Helper()
			b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
			invite, err := b.InviteCode(ctx, b.Account())
			require.NoError(b.t, err)
			grant, err := b.Grant(ctx, by, tree.School.ID, GrantIn{InviteCode: invite.Code, Role: role, Name: "李值班"})
			require.NoError(b.t, err)
			return grant
		}
		appoint(town, model.RoleTeacher)
		require.Empty(b.t, b.told(message.KindAppointed))
		grant := appoint(town, model.RoleDuty)
		require.ElementsMatch(b.t, []model.ID{school.AccountID, county.AccountID}, b.told(message.KindAppointed), "the county has no duty officer")
		duty := b.Staff(model.RoleDuty, tree.County)
		appoint(town, model.RoleDuty)
		require.ElementsMatch(b.t, []model.ID{school.AccountID, duty.AccountID}, b.told(message.KindAppointed))
		var row model.OutboxMessage
		require.NoError(b.t, b.store.Read(ctx).Take(&row, "kind = ? AND status = ?", message.KindAppointed, model.OutboxPending).Error)
		require.Equal(b.t, []any{tree.County.ID, model.ID(0), "null", "grant"}, []any{row.UnitID, row.PupilID, row.Payload, row.CauseKind})

		grants, err := b.Grants(ctx, school, tree.School.ID)
		require.NoError(b.t, err)
		for _, g := range grants {
			if g.ID == grant.ID {
				require.Equal(b.t, []any{"李值班", model.RoleDuty, "镇管理员"}, []any{g.Name, g.Role, g.GrantedByName})
				require.WithinDuration(b.t, b.store.Now(), g.StartsAt, time.Minute)
			}
		}

		b.Insert(&model.Grant{ID: b.store.NewID(), AccountID: town.AccountID, Role: model.RoleDuty, UnitID: tree.Town.ID, StartsAt: b.store.Now(), CreatedAt: b.store.Now()})
		appoint(town, model.RoleDuty)
		require.Empty(b.t, b.told(message.KindAppointed), "who is on duty there already learns nothing by it")
	})
}
