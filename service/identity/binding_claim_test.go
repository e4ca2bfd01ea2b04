package identity

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// confirmIn has the claims to pupils of the unit wait for a teacher.
func (b *bundle) confirmIn(u *model.Unit) {
	b.t.Helper()
	_, err := b.SetClaimRule(b.t.Context(), b.Staff(model.RoleManager, u), u.ID, ClaimsConfirm)
	require.NoError(b.t, err)
}

// ask makes a claim that must wait, as a father's or, without a relation, to
// the pupil's own account.
func (b *bundle) ask(actor model.Actor, c Claim, relation model.Relation) ClaimView {
	b.t.Helper()
	if relation == "" {
		bound, err := b.BindPupil(b.t.Context(), actor, c)
		require.NoError(b.t, err)
		require.Zero(b.t, bound.Bound.ID)
		require.NotNil(b.t, bound.Waiting)
		return *bound.Waiting
	}
	bound, err := b.BindChild(b.t.Context(), actor, c, relation)
	require.NoError(b.t, err)
	require.Zero(b.t, bound.Bound.ID)
	require.NotNil(b.t, bound.Waiting)
	return *bound.Waiting
}

// waiting lists the claims that wait at the unit.
func (b *bundle) waiting(staff model.Actor, u *model.Unit) []WaitingClaim {
	b.t.Helper()
	page, err := b.WaitingClaims(b.t.Context(), staff, u.ID, store.PageRequest{})
	require.NoError(b.t, err)
	return page.Items
}

// claims are how the actor's claims stand.
func (b *bundle) claims(actor model.Actor) []ClaimView {
	b.t.Helper()
	me, err := b.Me(b.t.Context(), actor)
	require.NoError(b.t, err)
	return me.Claims
}

func TestAfterAReleaseTheNextClaimWaitsForTheTeacher(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		teacher, manager := b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School)
		for i, released := range []func(pupil *model.Pupil, own model.Actor) error{
			func(pupil *model.Pupil, _ model.Actor) error { return b.ReleasePupil(ctx, teacher, pupil.ID) },
			func(pupil *model.Pupil, own model.Actor) error { b.become14(pupil); return b.UnbindPupil(ctx, own) },
		} {
			pupil, claim := b.enrol(tree.Class, "王芳", fmt.Sprint("G", i))
			mother := b.Guardian(pupil)
			require.NoError(b.t, released(pupil, b.PupilAccount(pupil)))

			asker := b.Account()
			token := b.login(asker)
			asked := b.ask(asker, claim, "")
			require.Equal(b.t, []any{model.BindingPupil, ClaimWaits}, []any{asked.Kind, asked.Status})
			require.WithinDuration(b.t, b.store.Now().Add(family.ClaimWaits), asked.ExpiresAt, time.Minute)
			require.Equal(b.t, asked, b.ask(asker, claim, ""), "asked again it is the same claim")
			require.Equal(b.t, []ClaimView{asked}, b.claims(asker))
			require.Equal(b.t, model.Actor{AccountID: asker.AccountID, TokenID: b.actor(token).TokenID}, b.actor(token), "no right at all")
			require.Empty(b.t, b.told(message.KindBinding))
			require.Equal(b.t, []model.ID{teacher.AccountID, manager.AccountID}, b.told(message.KindClaims))

			list := b.waiting(teacher, tree.Class)
			require.Len(b.t, list, 1)
			require.Equal(b.t, i > 0, list[0].Mark != "", "the second of one name in the class")
			require.Equal(b.t, []WaitingClaim{{ID: asked.ID, PupilID: pupil.ID, PupilName: "王芳", Mark: list[0].Mark, ClassID: tree.Class.ID, ClassName: tree.Class.Name, Code: asked.Code,
				Kind: model.BindingPupil, EndedBefore: true, SchoolDecides: true, AskedAt: asked.AskedAt, ExpiresAt: asked.ExpiresAt}}, list)
			if i == 0 { // who released the pupil could else put an own account in the place
				require.ErrorIs(b.t, b.ConfirmClaim(ctx, teacher, asked.ID), errAnotherConfirms)
			}
			require.NoError(b.t, b.ConfirmClaim(ctx, manager, asked.ID))
			require.Equal(b.t, pupil.ID, b.actor(token).PupilID, "at once, not when the cache ends")
			require.Contains(b.t, b.told(message.KindBinding), mother.AccountID)
			require.Contains(b.t, b.told(message.KindDecided), asker.AccountID)
			require.Empty(b.t, b.claims(asker))
			require.Empty(b.t, b.waiting(teacher, tree.Class))
			require.ErrorIs(b.t, b.ConfirmClaim(ctx, manager, asked.ID), model.NotFound("claim"))
			again, err := b.BindPupil(ctx, asker, claim)
			require.NoError(b.t, err)
			require.Equal(b.t, pupil.ID, again.Bound.ID, "who is bound asks nobody")
			b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
		}
	})
}

func TestWhereTheSchoolSaysSoEveryClaimWaits(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		mother, father, own := b.Account(), b.Account(), b.Account()
		first := b.ask(mother, claim, model.RelationMother)
		require.Equal(b.t, model.RelationMother, first.Relation)
		require.NoError(b.t, b.ConfirmClaim(ctx, teacher, first.ID))
		children, err := b.Me(ctx, mother)
		require.NoError(b.t, err)
		require.Equal(b.t, []any{pupil.ID, model.RelationMother}, []any{children.Children[0].ID, children.Children[0].Relation})
		require.Empty(b.t, b.told(message.KindBinding), "there was nobody else to tell")

		second, third := b.ask(father, claim, model.RelationFather), b.ask(own, claim, "")
		for _, c := range b.waiting(teacher, tree.Class) {
			require.False(b.t, c.EndedBefore)
		}
		done, err := b.ConfirmClaims(ctx, teacher, []model.ID{second.ID, third.ID, first.ID, third.ID, b.store.NewID()})
		require.NoError(b.t, err)
		require.Equal(b.t, ConfirmedClaims{Confirmed: 2}, done)
		list, err := b.Guardians(ctx, teacher, pupil.ID)
		require.NoError(b.t, err)
		require.Len(b.t, list.Items, 2)
		require.True(b.t, list.OwnAccount)
		require.Equal(b.t, []model.ID{mother.AccountID, father.AccountID}, b.told(message.KindBinding))

		_, err = b.BindChild(ctx, b.Account(), claim, model.RelationOther)
		require.ErrorIs(b.t, err, family.ErrGuardiansFull)
		_, err = b.BindPupil(ctx, b.Account(), claim)
		require.ErrorIs(b.t, err, family.ErrPupilTaken)
		_, err = b.BindChild(ctx, own, claim, model.RelationOther)
		require.ErrorIs(b.t, err, errAccountIsPupil)
		_, err = b.BindPupil(ctx, mother, claim)
		require.ErrorIs(b.t, err, errAccountIsFamily)
	})
}

// A stranger whom the school has unbound does not bind the child again unseen.
func TestAfterTheSchoolEndedAGuardianshipTheNextClaimWaits(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		left, stranger := b.Guardian(pupil), b.Account()
		require.NoError(b.t, b.UnbindChild(ctx, left, pupil.ID))
		_, err := b.bind(stranger, claim) // who leaves of their own will makes nobody wait
		require.NoError(b.t, err)
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		require.NoError(b.t, b.EndGuardianship(ctx, teacher, pupil.ID, stranger.AccountID))
		asked := b.ask(stranger, claim, model.RelationOther)
		require.True(b.t, b.waiting(teacher, tree.Class)[0].EndedBefore)
		require.NoError(b.t, b.RefuseClaim(ctx, teacher, asked.ID))
		require.Equal(b.t, ClaimRefused, b.claims(stranger)[0].Status)
		require.Equal(b.t, []model.ID{stranger.AccountID}, b.told(message.KindDecided))
		var row model.OutboxMessage
		require.NoError(b.t, b.store.Read(ctx).Take(&row, "kind = ?", message.KindDecided).Error)
		require.Zero(b.t, row.PupilID, "nothing of the pupil goes to who was refused")
		require.ErrorIs(b.t, b.RefuseClaim(ctx, teacher, asked.ID), model.NotFound("claim"))
		require.ErrorIs(b.t, b.ConfirmClaim(ctx, teacher, asked.ID), model.NotFound("claim"))
	})
}

func TestOnlyTheClassesTeachersAndManagersDecide(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, other, ctx := b.Tree(), b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		asker := b.Account()
		asked := b.ask(asker, claim, model.RelationMother)
		past := b.Staff(model.RoleTeacher, tree.Class)
		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", past.AccountID)
		for name, actor := range map[string]model.Actor{
			"a teacher of another class": b.Staff(model.RoleTeacher, tree.OtherClass),
			"a manager elsewhere":        b.Staff(model.RoleManager, other.County),
			"a counsellor":               b.Staff(model.RoleCounsellor, tree.School),
			"a guardian":                 b.Guardian(pupil),
			"who asks":                   asker,
			"a teacher until just now":   past, // whose roles are still in the cache
		} {
			require.ErrorIs(b.t, b.ConfirmClaim(ctx, actor, asked.ID), model.NotFound("claim"), name)
			require.ErrorIs(b.t, b.RefuseClaim(ctx, actor, asked.ID), model.NotFound("claim"), name)
			_, err := b.ConfirmClaims(ctx, actor, []model.ID{asked.ID})
			require.ErrorIs(b.t, err, model.NotFound("claim"), name)
			if actor.AccountID == past.AccountID {
				continue
			}
			_, err = b.WaitingClaims(ctx, actor, tree.Class.ID, store.PageRequest{})
			require.ErrorIs(b.t, err, model.NotFound("unit"), name)
			_, err = b.ClaimRule(ctx, actor, tree.Class.ID)
			require.ErrorIs(b.t, err, model.NotFound("unit"), name)
			_, err = b.SetClaimRule(ctx, actor, tree.Class.ID, ClaimsAtOnce)
			require.ErrorIs(b.t, err, model.NotFound("unit"), name)
		}
		_, err := b.SetClaimRule(ctx, b.Staff(model.RoleTeacher, tree.Class), tree.Class.ID, ClaimsAtOnce)
		require.ErrorIs(b.t, err, model.NotFound("unit"), "a teacher sets no rule")
		for _, u := range []*model.Unit{tree.Class, tree.School, tree.Town, tree.County} {
			require.Len(b.t, b.waiting(b.Staff(model.RoleManager, u), u), 1)
		}
		require.Empty(b.t, b.waiting(b.Staff(model.RoleTeacher, tree.OtherClass), tree.OtherClass))
		require.NoError(b.t, b.ConfirmClaim(ctx, b.Staff(model.RoleManager, tree.Town), asked.ID))
	})
}

func TestNobodyConfirmsTheirOwnClaim(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		asked := b.ask(teacher, claim, model.RelationMother)
		require.ErrorIs(b.t, b.ConfirmClaim(ctx, teacher, asked.ID), errClaimOfSelf)
		_, err := b.ConfirmClaims(ctx, teacher, []model.ID{asked.ID, b.store.NewID()})
		require.ErrorIs(b.t, err, errClaimOfSelf)
		require.NoError(b.t, b.ConfirmClaim(ctx, b.Staff(model.RoleManager, tree.School), asked.ID))
	})
}

func TestTheHostsNearestToTheClassAreTold(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		b.confirmIn(tree.County) // the county's manager is far
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		manager := b.Staff(model.RoleManager, tree.School)
		past := b.Staff(model.RoleTeacher, tree.Class)
		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", past.AccountID)
		asker := b.Account()
		asked := b.ask(asker, claim, model.RelationMother)
		require.Equal(b.t, []model.ID{manager.AccountID}, b.told(message.KindClaims), "the class has no teacher")
		var row model.OutboxMessage
		require.NoError(b.t, b.store.Read(b.t.Context()).Take(&row, "kind = ?", message.KindClaims).Error)
		require.Equal(b.t, []any{tree.Class.ID, model.ID(0), "null"}, []any{row.UnitID, row.PupilID, row.Payload})
		require.Zero(b.t, row.SendAfter.Minute(), "one message for all of the hour")
		require.True(b.t, row.SendAfter.After(b.store.Now()))

		classes := []model.ID{tree.Class.ID, tree.OtherClass.ID}
		wait, err := b.ClaimsWait(b.t.Context(), classes)
		require.NoError(b.t, err)
		require.Equal(b.t, map[model.ID]bool{tree.Class.ID: true}, wait)
		b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
		require.Equal(b.t, asked, b.ask(asker, claim, model.RelationMother))
		require.Empty(b.t, b.told(message.KindClaims), "to ask again tells nobody again")
		require.NoError(b.t, b.TakeBackClaim(b.t.Context(), asker, asked.ID))
		wait, err = b.ClaimsWait(b.t.Context(), classes)
		require.NoError(b.t, err)
		require.Empty(b.t, wait, "nothing waits any more: the message is not sent")

		teacher := b.Staff(model.RoleTeacher, tree.Class)
		b.ask(b.Account(), claim, model.RelationMother)
		require.Equal(b.t, []model.ID{teacher.AccountID}, b.told(message.KindClaims))
	})
}

func TestAClaimIsTakenBackByWhoMadeIt(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		asker := b.Account()
		asked := b.ask(asker, claim, model.RelationMother)
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		for _, other := range []model.Actor{b.Account(), teacher} {
			require.ErrorIs(b.t, b.TakeBackClaim(ctx, other, asked.ID), model.NotFound("claim"))
		}
		require.NoError(b.t, b.TakeBackClaim(ctx, asker, asked.ID))
		require.ErrorIs(b.t, b.TakeBackClaim(ctx, asker, asked.ID), model.NotFound("claim"))
		require.ErrorIs(b.t, b.ConfirmClaim(ctx, teacher, asked.ID), model.NotFound("claim"))
		require.Empty(b.t, b.claims(asker))
		require.Empty(b.t, b.told(message.KindDecided), "who takes it back knows it")
		require.NotEqual(b.t, asked.ID, b.ask(asker, claim, model.RelationMother).ID)
	})
}

func TestAClaimExpires(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		asker, teacher := b.Account(), b.Staff(model.RoleTeacher, tree.Class)
		asked := b.ask(asker, claim, model.RelationMother)
		b.Set(&model.BindingClaim{}, "expires_at", b.store.Now(), "id = ?", asked.ID)
		require.ErrorIs(b.t, b.ConfirmClaim(ctx, teacher, asked.ID), model.NotFound("claim"))
		require.ErrorIs(b.t, b.TakeBackClaim(ctx, asker, asked.ID), model.NotFound("claim"))
		require.Empty(b.t, b.waiting(teacher, tree.Class))
		require.Equal(b.t, ClaimExpired, b.claims(asker)[0].Status)
		anew := b.ask(asker, claim, model.RelationFather)
		require.NotEqual(b.t, asked.ID, anew.ID)
		require.Equal(b.t, []ClaimView{anew}, b.claims(asker))
		require.NoError(b.t, b.ConfirmClaim(ctx, teacher, anew.ID))

		require.NoError(b.t, b.PruneClaims(ctx))
		require.Equal(b.t, 2, b.Count(&model.BindingClaim{}), "who confirmed it is kept")
	})
}

func TestClaimsThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		greedy := b.Account()
		for range 10 { // as family.maxClaims
			require.NoError(b.t, b.TakeBackClaim(ctx, greedy, b.ask(greedy, claim, model.RelationMother).ID))
		}
		_, err := b.BindChild(ctx, greedy, claim, model.RelationMother)
		require.ErrorIs(b.t, err, family.ErrClaimsFull, "however many were taken back")
		var first model.Actor
		for i := range 6 { // as family.maxWaiting
			actor := b.Account()
			b.ask(actor, claim, model.RelationOther)
			if i == 0 {
				first = actor
			}
		}
		_, err = b.BindChild(ctx, b.Account(), claim, model.RelationOther)
		require.ErrorIs(b.t, err, family.ErrClaimsFull)
		b.ask(first, claim, model.RelationOther) // who waits goes on waiting
	})
}

func TestAClaimIsNotConfirmedAfterTheAccountBecameSomethingElse(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.Class)
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		_, elsewhere := b.enrol(tree.OtherClass, "李明", "G2")
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		parent, child := b.Account(), b.Account()
		asGuardian, asPupil := b.ask(parent, claim, model.RelationMother), b.ask(child, claim, "")
		_, err := b.BindPupil(ctx, parent, elsewhere)
		require.NoError(b.t, err)
		_, err = b.bind(child, elsewhere)
		require.NoError(b.t, err)
		for _, id := range []model.ID{asGuardian.ID, asPupil.ID} {
			require.ErrorIs(b.t, b.ConfirmClaim(ctx, teacher, id), errClaimOutdated)
			require.NoError(b.t, b.RefuseClaim(ctx, teacher, id))
		}
	})
}

func TestAClaimFollowsThePupil(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.confirmIn(tree.School)
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		asked := b.ask(b.Account(), claim, model.RelationMother)
		old, next := b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleTeacher, tree.OtherClass)
		b.Set(pupil, "class_id", tree.OtherClass.ID)
		require.Empty(b.t, b.waiting(old, tree.Class))
		require.ErrorIs(b.t, b.ConfirmClaim(ctx, old, asked.ID), model.NotFound("claim"))
		require.Len(b.t, b.waiting(next, tree.OtherClass), 1)
		b.Set(pupil, "departed_at", b.store.Now())
		require.Empty(b.t, b.waiting(next, tree.OtherClass))
		require.ErrorIs(b.t, b.ConfirmClaim(ctx, next, asked.ID), model.NotFound("claim"))
	})
}

// Whoever lost one tie to a pupil does not take the other at once.
func TestAClaimOfTheOtherKindWaitsAfterATieEnded(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		guardian := b.Guardian(pupil)
		require.NoError(b.t, b.EndGuardianship(ctx, teacher, pupil.ID, guardian.AccountID))
		b.ask(guardian, claim, "")

		other, claim := b.enrol(tree.OtherClass, "李明", "G2")
		account := b.PupilAccount(other)
		require.NoError(b.t, b.ReleasePupil(ctx, b.Staff(model.RoleTeacher, tree.OtherClass), other.ID))
		b.ask(account, claim, model.RelationMother)
	})
}
