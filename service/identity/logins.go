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

// Logins lists where the account is logged in, newest first. The tokens that
// one login was renewed to are one line.
func (s *Service) Logins(ctx context.Context, actor model.Actor) ([]LoginView, error) {
	var rows []model.LoginToken
	err := s.store.Read(ctx).Where("account_id = ? AND revoked_at IS NULL AND expires_at > ?", actor.AccountID, s.store.Now()).Order("id DESC").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	views := make([]LoginView, 0, len(rows))
	line := make(map[model.ID]int, len(rows))
	for _, r := range rows {
		i, listed := line[r.Login()]
		if !listed {
			i = len(views)
			line[r.Login()] = i
			views = append(views, LoginView{ID: r.Login(), Device: r.Device, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt})
		}
		views[i].Current = views[i].Current || r.ID == actor.TokenID
	}
	return views, nil
}

// Logout ends the login by which the call came.
func (s *Service) Logout(ctx context.Context, actor model.Actor) error {
	var token model.LoginToken
	if err := s.store.Read(ctx).Take(&token, "id = ? AND account_id = ?", actor.TokenID, actor.AccountID).Error; err != nil {
		return store.Found(err, "token")
	}
	return s.EndLogin(ctx, actor, token.Login())
}

// EndLogin ends one of the account's own logins with all tokens that it was
// renewed to: whoever holds an older one must not go on from there. It is
// token_not_found for any other, and for one that has ended already.
func (s *Service) EndLogin(ctx context.Context, actor model.Actor, login model.ID) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		tokens, err := s.lockLogin(tx, actor.AccountID, login)
		if err != nil {
			return err
		}
		if len(tokens) == 0 {
			return model.NotFound("token")
		}
		// A renewal that was under way held its rows. Now that they are ours, what
		// it has added is there for this statement to see.
		return s.liveTokens(tx.Model(&model.LoginToken{}), actor.AccountID, login).Update("revoked_at", s.store.Now()).Error
	})
	if err == nil {
		s.authCache.Forget(ctx, actor.AccountID)
	}
	return err
}

// liveTokens keeps the tokens of one login of the account that work now.
func (s *Service) liveTokens(db *gorm.DB, account, login model.ID) *gorm.DB {
	return db.Where("account_id = ? AND (login_id = ? OR login_id = 0 AND id = ?) AND revoked_at IS NULL AND expires_at > ?", account, login, login, s.store.Now())
}

// lockLogin locks the live tokens of the login, and returns them in the order of their ids.
func (s *Service) lockLogin(tx *gorm.DB, account, login model.ID) (tokens []model.LoginToken, err error) {
	err = s.liveTokens(s.store.ForUpdate(tx), account, login).Order("id").Find(&tokens).Error
	return tokens, err
}
