package identity

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

// channel is a way by which people come: its column of accounts.
type channel string

const (
	byOpenID         channel = "open_id"          // the mini-program
	byOfficialOpenID channel = "official_open_id" // the official account
)

func (ch channel) other() channel {
	if ch == byOpenID {
		return byOfficialOpenID
	}
	return byOpenID
}

func (ch channel) of(a model.Account) string {
	if ch == byOpenID {
		return a.OpenID
	}
	return a.OfficialOpenID
}

// account finds or makes the account of a person who comes by the channel.
// left are the accounts whose logins have ended: see join.
func (s *Service) account(tx *gorm.DB, ch channel, person wechat.Session) (account model.Account, left []model.ID, err error) {
	if person.UnionID != "" {
		if err := s.adopt(tx, ch, person); err != nil {
			return account, nil, err
		}
	}
	now := s.store.Now()
	news := map[string]any{"last_login_at": now}
	fresh := model.Account{ID: s.store.NewID(), UnionID: person.UnionID, CreatedAt: now, LastLoginAt: now}
	if ch == byOpenID {
		fresh.OpenID = person.OpenID
	} else {
		fresh.OfficialOpenID = person.OpenID
	}
	if person.UnionID != "" {
		news["union_id"] = person.UnionID
	}
	err = tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: string(ch)}}, DoUpdates: clause.Assignments(news)}).Create(&fresh).Error
	if err != nil {
		return account, nil, err
	}
	if err := s.store.ForUpdate(tx).Where(string(ch)+" = ?", person.OpenID).Take(&account).Error; err != nil {
		return account, nil, err
	}
	if account.UnionID == "" || account.DisabledAt != nil {
		return account, nil, nil
	}
	return s.join(tx, ch, account)
}

// adopt gives a person who is new to the channel the account that they have by
// the other channel, even a disabled one.
func (s *Service) adopt(tx *gorm.DB, ch channel, person wechat.Session) error {
	var known int64
	if err := tx.Model(&model.Account{}).Where(string(ch)+" = ?", person.OpenID).Count(&known).Error; err != nil || known > 0 {
		return err
	}
	var candidates []model.Account
	err := s.store.ForUpdate(tx).Where("union_id = ? AND "+string(ch)+" IS NULL AND "+string(ch.other())+" IS NOT NULL", person.UnionID).
		Order("id").Limit(1).Find(&candidates).Error
	if err != nil || len(candidates) == 0 {
		return err
	}
	return tx.Model(&model.Account{}).Where("id = ? AND "+string(ch)+" IS NULL", candidates[0].ID).Update(string(ch), person.OpenID).Error
}

// join makes one account of two that turn out to be one person's, who came
// over both channels before WeChat told so. Where one of them has never been
// used for anything, its identity passes to the other and its logins end; of
// two such the mini-program's stays. Where both hold something, nothing moves:
// each channel goes on reaching its own, so that no child, booking or role is
// out of reach, and only people can say which to keep.
func (s *Service) join(tx *gorm.DB, ch channel, mine model.Account) (account model.Account, left []model.ID, err error) {
	if ch.other().of(mine) != "" {
		return mine, nil, nil
	}
	var others []model.Account
	err = s.store.ForUpdate(tx).Where("union_id = ? AND id <> ? AND "+string(ch)+" IS NULL AND "+string(ch.other())+" IS NOT NULL AND disabled_at IS NULL",
		mine.UnionID, mine.ID).Order("id").Limit(1).Find(&others).Error
	if err != nil || len(others) == 0 {
		return mine, nil, err
	}
	gives, takes := mine, others[0] // the official account's gives first
	if ch == byOpenID {
		gives, takes = takes, gives
	}
	for range 2 {
		unused, err := s.unused(tx, gives.ID)
		if err != nil {
			return mine, nil, err
		}
		if unused {
			return s.pass(tx, gives, takes)
		}
		gives, takes = takes, gives
	}
	return mine, nil, nil
}

// pass moves the identity of the one account to the other.
func (s *Service) pass(tx *gorm.DB, from, to model.Account) (account model.Account, left []model.ID, err error) {
	now := s.store.Now()
	err = tx.Model(&model.Account{}).Where("id = ?", from.ID).
		Updates(map[string]any{"open_id": nil, "official_open_id": nil, "union_id": "", "disabled_at": now}).Error
	if err != nil {
		return to, nil, err
	}
	set := map[string]any{"last_login_at": now}
	for _, ch := range []channel{byOpenID, byOfficialOpenID} {
		if openID := ch.of(from); openID != "" {
			set[string(ch)] = openID
		}
	}
	if err := tx.Model(&model.Account{}).Where("id = ?", to.ID).Updates(set).Error; err != nil {
		return to, nil, err
	}
	err = tx.Model(&model.LoginToken{}).Where("account_id = ? AND revoked_at IS NULL", from.ID).Update("revoked_at", now).Error
	return to, []model.ID{from.ID}, err
}

// Holds reports whether there is anything of the account in a part of the
// system, which would be out of reach without it.
type Holds func(tx *gorm.DB, account model.ID) (bool, error)

// unused reports whether no part of the system holds anything of the account.
// Its row is locked, as by whoever makes it a guardian's.
func (s *Service) unused(tx *gorm.DB, account model.ID) (bool, error) {
	for _, holds := range s.holds {
		if held, err := holds(tx, account); err != nil || held {
			return false, err
		}
	}
	return true, nil
}

// HoldsGrants reports whether the account has, or had, a role.
func HoldsGrants(tx *gorm.DB, account model.ID) (bool, error) {
	return store.Exists(tx.Model(&model.Grant{}).Where("account_id = ?", account))
}
