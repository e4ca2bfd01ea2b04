package message

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// FollowerOpenIDs returns, of the accounts, those whose owners follow the official
// account: as the person who logs in through it or, by the union id, as the
// one who uses the mini-program. The openids are the official account's.
func FollowerOpenIDs(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error) {
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
