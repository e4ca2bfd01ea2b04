package identity

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

var (
	errAccountIsPupil  = model.Conflict("account_is_pupil", "这是学生本人的账号，请使用其他微信账号")
	errAccountIsFamily = model.Conflict("account_is_guardian", "这是家长的账号，请用学生本人的微信账号")
	errAccountHasRoles = model.Conflict("account_has_roles", "这是工作人员的账号，请用学生本人的微信账号")
)

// BindChild makes the account a guardian of the pupil to whom the claim fits;
// doing so again returns the same child. Where the school's rule says so (see
// ClaimRule), or the school has ended a guardianship of the pupil before, the
// claim waits for a teacher. What the guardian has watched already counts for
// the child too. Errors beside those of a claim: guardians_full,
// account_is_pupil, claims_full.
func (s *Service) BindChild(ctx context.Context, actor model.Actor, claim Claim, relation model.Relation) (Binding[ChildView], error) {
	pupil, err := s.match(ctx, actor, claim)
	if err != nil {
		return Binding[ChildView]{}, err
	}
	return s.bindChild(ctx, actor, pupil, relation)
}

// bindChild makes the account a guardian of a pupil to whom a claim fits.
func (s *Service) bindChild(ctx context.Context, actor model.Actor, pupil model.ID, relation model.Relation) (Binding[ChildView], error) {
	var (
		change  coverage.Change
		waiting *ClaimView
	)
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		change, waiting = coverage.Change{}, nil
		if err := s.lockAccount(tx, actor.AccountID); err != nil {
			return err
		}
		if err := mustNotBePupils(tx, actor.AccountID, errAccountIsPupil); err != nil {
			return err
		}
		claim := model.BindingClaim{AccountID: actor.AccountID, PupilID: pupil, Kind: model.BindingGuardian, Relation: relation}
		if waiting, err = s.askWhereNeeded(tx, claim); err != nil || waiting != nil {
			return err
		}
		change, err = s.addGuardian(tx, actor.AccountID, pupil, relation)
		if model.KindOf(err) == model.KindNotFound {
			return errNotMatched // departed in between
		}
		return err
	})
	if err != nil || waiting != nil {
		return Binding[ChildView]{Waiting: waiting}, err
	}
	s.coverage.Publish(ctx, change)
	s.authCache.Forget(ctx, actor.AccountID)
	views, err := s.pupils(s.store.Read(ctx), actor.AccountID, store.Where("g.pupil_id = ?", pupil))
	if err == nil && len(views) == 0 {
		err = model.NotFound("child") // unbound again, or departed, in between
	}
	if err != nil {
		return Binding[ChildView]{}, err
	}
	return Binding[ChildView]{Bound: views[0]}, nil
}

// addGuardian makes the account, which the caller has locked and which is no
// pupil's, a guardian of the pupil, and tells the other guardians.
func (s *Service) addGuardian(tx *gorm.DB, account, pupil model.ID, relation model.Relation) (coverage.Change, error) {
	marks, err := s.watched(tx, account, pupil)
	if err != nil {
		return coverage.Change{}, err
	}
	added, err := s.families.AddGuardian(tx, account, pupil, relation)
	if err != nil || !added {
		return coverage.Change{}, err
	}
	if err := s.outbox.TellGuardians(tx, account, pupil); err != nil {
		return coverage.Change{}, err
	}
	return s.coverage.Record(tx, marks)
}

// lockAccount holds the account until the transaction ends, so that it can't
// become two things at once: a guardian and a pupil, or without its last role.
func (s *Service) lockAccount(tx *gorm.DB, account model.ID) error {
	return s.store.ForUpdate(tx).Select("id").Take(&model.Account{}, "id = ?", account).Error
}

// mustNotBePupils refuses the own account of a pupil.
func mustNotBePupils(tx *gorm.DB, account model.ID, refusal error) error {
	own, err := family.OwnPupil(tx, account)
	if err == nil && own != nil {
		return refusal
	}
	return err
}

// mustHaveNone returns the refusal where the query finds a row.
func mustHaveNone(query *gorm.DB, refusal error) error {
	found, err := store.Exists(query)
	if err == nil && found {
		return refusal
	}
	return err
}

// UnbindChild ends the guardianship, or returns child_not_found. What the
// family has done stays.
func (s *Service) UnbindChild(ctx context.Context, actor model.Actor, pupil model.ID) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		return s.families.EndGuardianship(tx, pupil, actor.AccountID, actor.AccountID, "child")
	})
	if err == nil {
		s.authCache.Forget(ctx, actor.AccountID)
	}
	return err
}
