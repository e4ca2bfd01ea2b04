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
// doing so again returns the same child. What the guardian has watched already
// counts for the child too. Errors beside those of a claim: guardians_full,
// account_is_pupil.
func (s *Service) BindChild(ctx context.Context, actor model.Actor, claim Claim, relation model.Relation) (ChildView, error) {
	pupil, err := s.match(ctx, actor, claim)
	if err != nil {
		return ChildView{}, err
	}
	return s.bindChild(ctx, actor, pupil, relation)
}

// bindChild makes the account a guardian of a pupil to whom a claim fits.
func (s *Service) bindChild(ctx context.Context, actor model.Actor, pupil model.ID, relation model.Relation) (ChildView, error) {
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		change = coverage.Change{}
		if err := s.lockAccount(tx, actor.AccountID); err != nil {
			return err
		}
		if err := mustNotBePupils(tx, actor.AccountID, errAccountIsPupil); err != nil {
			return err
		}
		marks, err := s.watched(tx, actor.AccountID, pupil)
		if err != nil {
			return err
		}
		added, err := s.families.AddGuardian(tx, actor.AccountID, pupil, relation)
		if model.KindOf(err) == model.KindNotFound {
			return errNotMatched // departed in between
		}
		if err != nil || !added {
			return err
		}
		if err := s.outbox.TellGuardians(tx, actor.AccountID, pupil); err != nil {
			return err
		}
		change, err = s.coverage.Record(tx, marks)
		return err
	})
	if err != nil {
		return ChildView{}, err
	}
	s.coverage.Publish(ctx, change)
	s.authCache.Forget(ctx, actor.AccountID)
	views, err := s.pupils(s.store.Read(ctx), actor.AccountID, store.Where("g.pupil_id = ?", pupil))
	if err == nil && len(views) == 0 {
		err = model.NotFound("child") // unbound again, or departed, in between
	}
	if err != nil {
		return ChildView{}, err
	}
	return views[0], nil
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
