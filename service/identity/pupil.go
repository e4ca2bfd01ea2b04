package identity

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// BindPupil makes the account the pupil's own; doing so again returns the same
// pupil. Where the school's rule says so (see ClaimRule), or the pupil has been
// released from an account before, the claim waits for a teacher. Errors beside
// those of a claim: pupil_account_taken, account_is_guardian, account_has_roles,
// account_is_pupil, claims_full.
func (s *Service) BindPupil(ctx context.Context, actor model.Actor, claim Claim) (Binding[PupilView], error) {
	pupil, err := s.match(ctx, actor, claim)
	if err != nil {
		return Binding[PupilView]{}, err
	}
	return s.bindPupil(ctx, actor, pupil)
}

// bindPupil makes the account the own one of a pupil to whom a claim fits.
func (s *Service) bindPupil(ctx context.Context, actor model.Actor, pupil model.ID) (Binding[PupilView], error) {
	var waiting *ClaimView
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		waiting = nil
		if err := s.lockAccount(tx, actor.AccountID); err != nil {
			return err
		}
		if err := s.mayBecomePupils(tx, actor.AccountID, pupil); err != nil {
			return err
		}
		// The lock keeps a release off, after which the claim would have to wait.
		if _, err := family.Lock(s.store, tx, []model.ID{pupil}); err != nil {
			return err
		}
		if waiting, err = s.askWhereNeeded(tx, model.BindingClaim{AccountID: actor.AccountID, PupilID: pupil, Kind: model.BindingPupil}); err != nil || waiting != nil {
			return err
		}
		return s.becomePupils(tx, actor.AccountID, pupil)
	})
	if err != nil || waiting != nil {
		return Binding[PupilView]{Waiting: waiting}, err
	}
	s.authCache.Forget(ctx, actor.AccountID)
	views, err := s.pupils(s.store.Read(ctx), actor.AccountID, store.Where("p.id = ?", pupil))
	if err == nil && len(views) == 0 {
		err = errNotMatched // departed in between
	}
	if err != nil {
		return Binding[PupilView]{}, err
	}
	return Binding[PupilView]{Bound: views[0].PupilView}, nil
}

// mayBecomePupils refuses an account, which the caller has locked, that is
// something else than the pupil's own already.
func (s *Service) mayBecomePupils(tx *gorm.DB, account, pupil model.ID) error {
	guardians, err := family.HasGuardianship(tx, account)
	if err != nil {
		return err
	}
	if guardians {
		return errAccountIsFamily
	}
	// As mustBeGrantable, the other way round: who knows a roster by office must not become one of its pupils.
	if err := mustHaveNone(tx.Model(&model.Grant{}).Where("account_id = ?", account).Where(notOver(s.store.Now())), errAccountHasRoles); err != nil {
		return err
	}
	own, err := family.OwnPupil(tx, account)
	if err == nil && own != nil && own.ID != pupil {
		return errAccountIsPupil
	}
	return err
}

// becomePupils makes the account the pupil's own and tells the guardians, where
// it is not so already.
func (s *Service) becomePupils(tx *gorm.DB, account, pupil model.ID) error {
	own, err := family.OwnPupil(tx, account)
	if err != nil {
		return err
	}
	if err := s.phones.Drop(tx, account); err != nil { // a pupil's account has none
		return err
	}
	if err := family.SetOwnAccount(tx, pupil, account, s.store.Now()); err != nil || own != nil {
		return err
	}
	return s.outbox.TellGuardians(tx, account, pupil)
}

// errReleaseBySchool keeps a young child's account with the child: whoever holds
// the phone could free the child for a claim of their own.
var errReleaseBySchool = model.Forbidden("release_by_school", "未满14周岁，请班主任帮忙解除")

// UnbindPupil makes the account no longer the pupil's own, for one that was
// bound by mistake, or returns pupil_not_found. A pupil under 14 is released by
// the school only; guardians release nobody, as a stranger may have become one.
func (s *Service) UnbindPupil(ctx context.Context, actor model.Actor) error {
	own, err := family.OwnPupil(s.store.Read(ctx), actor.AccountID)
	if err != nil {
		return err
	}
	if own != nil && own.UnderAgeOfConsent(model.DateOf(s.store.Now())) {
		return errReleaseBySchool
	}
	return s.release(ctx, actor, func(tx *gorm.DB) (model.ID, error) {
		return s.families.ReleaseOwnAccount(tx, actor.AccountID, "pupil", store.Where("p.account_id = ?", actor.AccountID))
	})
}

// release ends, by end, that an account is a pupil's own, and tells the account of
// it, which end returns.
func (s *Service) release(ctx context.Context, actor model.Actor, end func(tx *gorm.DB) (model.ID, error)) error {
	var account model.ID
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		account, err = end(tx)
		if err != nil || account == actor.AccountID {
			return err
		}
		return s.outbox.TellReleased(tx, account)
	})
	if err == nil {
		s.authCache.Forget(ctx, account)
	}
	return err
}
