package identity

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// LoginView is one phone on which the account is logged in.
type LoginView struct {
	ID        model.ID  `json:"id"`
	Device    string    `json:"device"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	Current   bool      `json:"current" doc:"The phone that asks"`
}

// Logins lists where the account is logged in, newest first.
func (s *Service) Logins(ctx context.Context, actor model.Actor) ([]LoginView, error) {
	var rows []model.LoginToken
	err := s.store.Read(ctx).Where("account_id = ? AND revoked_at IS NULL AND expires_at > ?", actor.AccountID, s.store.Now()).Order("id DESC").Find(&rows).Error
	if err != nil {
		return nil, store.Translate(err)
	}
	views := make([]LoginView, len(rows))
	for i, r := range rows {
		views[i] = LoginView{ID: r.ID, Device: r.Device, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, Current: r.ID == actor.TokenID}
	}
	return views, nil
}

// Logout ends the login by which the call came.
func (s *Service) Logout(ctx context.Context, actor model.Actor) error {
	return s.EndLogin(ctx, actor, actor.TokenID)
}

// EndLogin ends one of the account's own logins: token_not_found for any other,
// and for one that has ended already. Tokens of the account in their last
// minute go too: one may be the renewed login's former, which could renew again.
func (s *Service) EndLogin(ctx context.Context, actor model.Actor, token model.ID) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		res := tx.Model(&model.LoginToken{}).Where("id = ? AND account_id = ? AND revoked_at IS NULL AND expires_at > ?", token, actor.AccountID, now).
			Update("revoked_at", now)
		if res.Error == nil && res.RowsAffected == 0 {
			return model.NotFound("token")
		}
		if res.Error != nil {
			return res.Error
		}
		return tx.Model(&model.LoginToken{}).Where("account_id = ? AND revoked_at IS NULL AND expires_at > ? AND expires_at <= ?", actor.AccountID, now, now.Add(renewGrace)).
			Update("revoked_at", now).Error
	})
	if err == nil {
		s.holders.Forget(ctx, actor.AccountID)
	}
	return err
}

// Disable shuts an account out, with all its logins; doing so twice changes nothing.
func (s *Service) Disable(ctx context.Context, account model.ID) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&model.Account{}).Where("id = ? AND disabled_at IS NULL", account).Update("disabled_at", s.store.Now()).Error
	})
	if err == nil {
		s.holders.Forget(ctx, account)
	}
	return err
}
