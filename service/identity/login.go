package identity

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

var errAccountDisabled = model.Forbidden("account_disabled", "该账号已停用，请联系学校或管理员")

// Session is a login. The token is shown this once: only its hash is kept.
type Session struct {
	Token     string      `json:"token" doc:"Send it as Authorization: Bearer"`
	ExpiresAt time.Time   `json:"expiresAt"`
	Account   AccountView `json:"account"`
	tokenID   model.ID
}

// AccountView is an account with the roles that it holds now.
type AccountView struct {
	ID    model.ID       `json:"id"`
	Roles []model.RoleAt `json:"roles"`
}

func viewAccount(actor model.Actor) AccountView {
	v := AccountView{ID: actor.AccountID, Roles: actor.Roles}
	if v.Roles == nil {
		v.Roles = []model.RoleAt{}
	}
	return v
}

// Login exchanges a code from wx.login for a session; the first login of a
// person makes the account. The errors are those of wechat.Client.Login, of which
// login_too_often comes also where WeChat is not asked, and account_disabled.
func (s *Service) Login(ctx context.Context, in LoginIn) (Session, error) {
	var person wechat.Session
	err := s.askWeChat(ctx, byOpenID, in, func(ctx context.Context) (err error) {
		person, err = s.wechat.Login(ctx, in.Code)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return s.enter(ctx, byOpenID, person, in)
}

// enter logs in the person whom WeChat has identified.
func (s *Service) enter(ctx context.Context, ch channel, person wechat.Session, in LoginIn) (Session, error) {
	var account model.Account
	var left []model.ID
	var session Session
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if account, left, err = s.account(tx, ch, person); err != nil {
			return err
		}
		if account.DisabledAt != nil {
			return errAccountDisabled
		}
		session, err = s.issueToken(tx, model.LoginToken{AccountID: account.ID, Device: in.Device})
		return err
	})
	refused := errors.Is(err, errAccountDisabled)
	if err != nil && !refused {
		return Session{}, err
	}
	if len(left) > 0 {
		s.authCache.Forget(ctx, left...)
	}
	actors, readErr := s.actors(s.store.Read(ctx), []model.ID{account.ID})
	if readErr == nil {
		readErr = s.logLogin(ctx, in, actors[account.ID], session.tokenID, refused)
	}
	if err := cmp.Or(err, readErr); err != nil {
		return Session{}, err
	}
	session.Account = viewAccount(actors[account.ID])
	return session, nil
}

// issueToken writes a new token of the row's account, login and device, and
// returns it, without the account. A row without a login begins one.
func (s *Service) issueToken(tx *gorm.DB, row model.LoginToken) (Session, error) {
	token, hash := newToken()
	now := s.store.Now()
	row.ID, row.TokenHash, row.CreatedAt, row.ExpiresAt = s.store.NewID(), hash[:], now, now.Add(tokenLife)
	row.LoginID = row.Login()
	if end := row.LoginID.Time().Add(loginLife); end.Before(row.ExpiresAt) {
		row.ExpiresAt = end
	}
	return Session{Token: token, ExpiresAt: row.ExpiresAt, tokenID: row.ID}, tx.Create(&row).Error
}

// maxTokens bounds the tokens of one login that work at the same time: some calls
// of one phone may renew it at once, and some responses may be lost.
const maxTokens = 10

// Renew gives a new token in exchange for the one of this call, which goes on
// working for a minute. A repeat within that minute gives another: the first
// response may have been lost. With maxTokens of the login it is
// token_renewed_too_often.
func (s *Service) Renew(ctx context.Context, actor model.Actor) (Session, error) {
	var session Session
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		var token model.LoginToken
		err := tx.Where("id = ?", actor.TokenID).Take(&token).Error
		if err != nil {
			return store.Found(err, "token")
		}
		live, err := s.lockLogin(tx, actor.AccountID, token.Login())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(live, func(t model.LoginToken) bool { return t.ID == actor.TokenID })
		if i < 0 {
			return ErrTokenInvalid
		}
		if len(live) >= maxTokens {
			return model.TooMany("token_renewed_too_often", renewGrace)
		}
		old := live[i]
		if end := now.Add(renewGrace); old.ExpiresAt.After(end) {
			if err := tx.Model(&old).Update("expires_at", end).Error; err != nil {
				return err
			}
		}
		session, err = s.issueToken(tx, model.LoginToken{AccountID: actor.AccountID, LoginID: old.Login(), Device: old.Device})
		return err
	})
	if err != nil {
		return Session{}, err
	}
	s.authCache.Forget(ctx, actor.AccountID)
	session.Account = viewAccount(actor)
	return session, nil
}
