package identity

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// BindPupil makes the account the pupil's own; doing so again answers the same
// pupil. Errors beside those of a claim: pupil_account_taken,
// account_is_guardian, account_has_roles, account_is_pupil.
func (s *Service) BindPupil(ctx context.Context, actor model.Actor, claim Claim) (PupilView, error) {
	pupil, err := s.match(ctx, actor, claim)
	if err != nil {
		return PupilView{}, err
	}
	return s.bindPupil(ctx, actor, pupil)
}

// bindPupil binds a pupil to whom a claim has fitted.
func (s *Service) bindPupil(ctx context.Context, actor model.Actor, pupil model.ID) (PupilView, error) {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockAccount(tx, actor.AccountID); err != nil {
			return err
		}
		if err := mustHaveNone(tx.Model(&model.Guardianship{}).Where("account_id = ?", actor.AccountID), errAccountIsFamily); err != nil {
			return err
		}
		// As mustBeGrantable, the other way round: who knows a roster by office must not become one of its pupils.
		now := s.store.Now()
		if err := mustHaveNone(tx.Model(&model.Grant{}).Where("account_id = ? AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > ?)", actor.AccountID, now), errAccountHasRoles); err != nil {
			return err
		}
		if err := mustHaveNone(tx.Model(&model.Pupil{}).Where("account_id = ? AND id <> ?", actor.AccountID, pupil), errAccountIsPupil); err != nil {
			return err
		}
		if err := s.phones.Drop(tx, actor.AccountID); err != nil { // a pupil's account has none
			return err
		}
		res := tx.Model(&model.Pupil{}).Where("id = ? AND account_id IS NULL AND departed_at IS NULL", pupil).Update("account_id", actor.AccountID)
		if res.Error != nil || res.RowsAffected > 0 {
			return res.Error
		}
		return mustHaveNone(tx.Model(&model.Pupil{}).Where("id = ? AND (account_id IS NULL OR account_id <> ?)", pupil, actor.AccountID), errPupilTaken)
	})
	if err != nil {
		return PupilView{}, err
	}
	s.holders.Forget(ctx, actor.AccountID)
	views, err := s.pupils(s.store.Read(ctx), actor.AccountID, "p.id = ?", pupil)
	if err == nil && len(views) == 0 {
		err = errNotMatched // departed in between
	}
	if err != nil {
		return PupilView{}, store.Translate(err)
	}
	return views[0].PupilView, nil
}

// UnbindPupil makes the account no longer the pupil's own, for one that was
// bound by mistake, or answers pupil_not_found.
func (s *Service) UnbindPupil(ctx context.Context, actor model.Actor) error {
	return s.release(ctx, actor, "pupil", func(tx *gorm.DB) (pupil model.Pupil, err error) {
		err = tx.Take(&pupil, "account_id = ?", actor.AccountID).Error
		return pupil, store.Found(err, "pupil")
	})
}

// ReleaseChild makes the own account of the actor's child no longer the
// child's, for one that someone else has claimed. Errors: child_not_found,
// pupil_account_not_found where the child has none.
func (s *Service) ReleaseChild(ctx context.Context, actor model.Actor, child model.ID) error {
	return s.release(ctx, actor, "pupil_account", func(tx *gorm.DB) (pupil model.Pupil, err error) {
		err = tx.Joins("JOIN guardianships AS g ON g.pupil_id = pupils.id AND g.account_id = ?", actor.AccountID).Take(&pupil, "pupils.id = ?", child).Error
		return pupil, store.Found(err, "child")
	})
}

// release makes the pupil whom find answers one without an account of their
// own, and notes who did it; what names the thing in the answer where there is
// no such account.
func (s *Service) release(ctx context.Context, actor model.Actor, what string, find func(tx *gorm.DB) (model.Pupil, error)) error {
	var account model.ID
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		pupil, err := find(s.store.ForUpdate(tx))
		if err != nil {
			return err
		}
		if pupil.AccountID == nil {
			return model.NotFound(what)
		}
		account = *pupil.AccountID
		res := tx.Model(&model.Pupil{}).Where("id = ? AND account_id = ?", pupil.ID, account).Update("account_id", nil)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return model.NotFound(what)
		}
		return tx.Create(&model.BindingEnd{ID: s.store.NewID(), PupilID: pupil.ID, AccountID: account, Kind: model.BindingPupil,
			EndedAt: s.store.Now(), EndedBy: actor.AccountID}).Error
	})
	if err == nil {
		s.holders.Forget(ctx, account)
	}
	return err
}
