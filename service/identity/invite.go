package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
)

// inviteLife is how long an invite code is good: long enough to be read out.
const inviteLife = 10 * time.Minute

// inviteLetters leaves out what is mistaken for something else in print or by ear: 0 O 1 I L.
const inviteLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// inviteLength makes 31^8 codes, some 850 thousand million.
const inviteLength = 8

// invitesPerManager bounds the wrong codes that a manager can try.
var invitesPerManager = limit.Rate{Count: 10, Period: time.Hour}

var errInviteInvalid = model.Invalid("inviteCode", "invite_code_invalid", "邀请码不对或已过期，请对方重新生成")

// Invite is a code by which a manager can give the account a role.
type Invite struct {
	Code      string    `json:"code" doc:"8 letters and digits, to be read to a manager"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// InviteCode gives the account a new code, in place of a former one.
func (s *Service) InviteCode(ctx context.Context, actor model.Actor) (Invite, error) {
	var row model.InviteCode
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		row = model.InviteCode{AccountID: actor.AccountID, Code: newInviteCode(), ExpiresAt: s.store.Now().Add(inviteLife)}
		// Not an upsert: MySQL's would, on a code that another account has, change that account's row.
		res := tx.Model(&model.InviteCode{}).Where("account_id = ?", row.AccountID).Updates(map[string]any{"code": row.Code, "expires_at": row.ExpiresAt})
		if res.Error == nil && res.RowsAffected == 0 {
			res = tx.Create(&row)
		}
		if store.IsDuplicate(res.Error) {
			return model.Unavailable("invite_code_busy", time.Second, res.Error)
		}
		return res.Error
	})
	return Invite{Code: row.Code, ExpiresAt: row.ExpiresAt}, err
}

// newInviteCode returns a random code.
func newInviteCode() string {
	code := make([]byte, 0, inviteLength)
	for len(code) < inviteLength {
		var b [1]byte
		_, _ = rand.Read(b[:])                                     // never fails, by its documentation
		if int(b[0]) < 256/len(inviteLetters)*len(inviteLetters) { // each letter equally often
			code = append(code, inviteLetters[int(b[0])%len(inviteLetters)])
		}
	}
	return string(code)
}

// redeemInvite spends the code and returns whose it was.
func (s *Service) redeemInvite(tx *gorm.DB, typed string) (model.ID, error) {
	code, _ := model.NormalText(typed)
	code = strings.ToUpper(strings.ReplaceAll(code, " ", ""))
	var row model.InviteCode
	err := tx.Where("code = ? AND expires_at > ?", code, s.store.Now()).Take(&row).Error
	if model.KindOf(store.Found(err, "invite")) == model.KindNotFound {
		return 0, errInviteInvalid
	}
	if err != nil {
		return 0, fmt.Errorf("find invite code: %w", err)
	}
	res := tx.Where("account_id = ? AND code = ?", row.AccountID, code).Delete(&model.InviteCode{})
	if res.Error == nil && res.RowsAffected == 0 {
		return 0, errInviteInvalid // spent by another call meanwhile
	}
	return row.AccountID, res.Error
}
