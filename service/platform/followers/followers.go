// Package followers tells by which openid the official account reaches people
// who follow it.
package followers

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Followers looks people up. It is safe for concurrent use.
type Followers struct{ store *store.Store }

// New makes Followers.
func New(st *store.Store) *Followers { return &Followers{store: st} }

// OpenID answers the account's openid with the official account; empty for
// one whose owner does not follow it.
func (f *Followers) OpenID(ctx context.Context, account model.ID) (string, error) {
	found, err := OpenIDs(f.store.Read(ctx), []model.ID{account})
	return found[account], err
}

// OpenIDs answers, of the accounts, those whose owners follow the official
// account: as the person who logs in through it or, by the union id, as the
// one who uses the mini-program. The openids are the official account's.
func OpenIDs(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	found := make(map[model.ID]string, len(accounts))
	for _, on := range []string{
		"f.union_id = a.union_id AND a.union_id <> ''",
		"f.open_id = a.official_open_id", // overwrites: it is the surer of the two
	} {
		var rows []struct {
			ID     model.ID
			OpenID string
		}
		err := db.Table("accounts AS a").Joins("JOIN official_followers AS f ON "+on).
			Where("a.id IN ? AND f.following = ?", accounts, true).Order("f.changed_at").Select("a.id, f.open_id").Scan(&rows).Error
		if err != nil {
			return nil, store.Translate(err)
		}
		for _, r := range rows {
			found[r.ID] = r.OpenID
		}
	}
	return found, nil
}
