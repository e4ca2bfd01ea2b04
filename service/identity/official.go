package identity

import (
	"context"
	"log/slog"

	"xinyu/model"
	"xinyu/service/platform/wechat"
)

var errOfficialOff = model.Invalid("channel", "official_account_off", "公众号登录没有开通，请在小程序里使用")

// HasOfficial reports whether there is an official account.
func (s *Service) HasOfficial() bool { return s.official != nil }

// LoginOfficial exchanges a code that WeChat's authorisation page gave in the
// browser, for the official account, for a session. The person has the account
// of the mini-program where WeChat tells that they are one. ticket is what the
// browser was given when it came back with the code. Errors are those of
// Login, and official_account_off, login_state_invalid and login_snapshot.
func (s *Service) LoginOfficial(ctx context.Context, in LoginIn, ticket string) (Session, error) {
	if s.official == nil {
		return Session{}, errOfficialOff
	}
	if err := s.checkTicket(ticket, in.Code); err != nil {
		return Session{}, err
	}
	var person wechat.Session
	err := s.askWeChat(ctx, byOfficialOpenID, in, func(ctx context.Context) (err error) {
		person, err = s.official.Login(ctx, in.Code)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	if person.UnionID == "" {
		if person.UnionID, err = s.unionOf(ctx, person.OpenID); err != nil {
			return Session{}, err
		}
	}
	return s.enter(ctx, byOfficialOpenID, person, in)
}

// unionOf returns what we know of a person's union id, or what WeChat tells of
// those who follow. A silent authorisation does not tell it. A new person waits
// for WeChat's response, so that no second account is made where there is one;
// where WeChat doesn't respond, the login goes on without.
func (s *Service) unionOf(ctx context.Context, openID string) (string, error) {
	known, err := s.followers.UnionID(ctx, openID)
	if err != nil || known != "" {
		return known, err
	}
	var accounts int64
	if err := s.store.Read(ctx).Model(&model.Account{}).Where("official_open_id = ?", openID).Count(&accounts).Error; err != nil {
		return "", err
	}
	if accounts > 0 {
		return "", nil
	}
	follower, err := s.official.Follower(ctx, openID)
	if err != nil {
		slog.Warn("look up a follower at login", "err", err)
		return "", nil
	}
	return follower.UnionID, nil
}

// JSConfig signs a page's address for WeChat's JS-SDK.
func (s *Service) JSConfig(ctx context.Context, page string) (wechat.JSConfig, error) {
	if s.official == nil {
		return wechat.JSConfig{}, errOfficialOff
	}
	return s.official.JSConfig(ctx, page)
}
