package message

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/backoff"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

const (
	// lookupsAtOnce is how many followers one run of the job asks for.
	lookupsAtOnce = 100
	// maxLookups is how often one follower is asked for.
	maxLookups = 10
)

// Followers keeps who follows the official account. It is safe for concurrent use.
type Followers struct {
	store    *store.Store
	accounts Accounts
	official *wechat.Official // nil where there is none
}

// NewFollowers makes Followers. official may be nil.
func NewFollowers(st *store.Store, accounts Accounts, official *wechat.Official) *Followers {
	return &Followers{store: st, accounts: accounts, official: official}
}

// Followed notes that someone follows the official account, or no longer does.
// It is a handler of the webhook: an older event that comes late changes nothing.
func (f *Followers) Followed(tx *gorm.DB, e wechat.Event) error {
	row := model.OfficialFollower{OpenID: e.OpenID, Following: e.Kind == wechat.EventFollow, ChangedAt: e.At}
	if row.Following {
		now := f.store.Now()
		row.LookupAt = &now
	}
	res := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "open_id"}}, DoNothing: true}).Create(&row)
	if res.Error != nil || res.RowsAffected == 1 {
		return res.Error
	}
	return tx.Model(&model.OfficialFollower{}).Where("open_id = ? AND changed_at <= ?", e.OpenID, e.At).
		Updates(map[string]any{"following": row.Following, "changed_at": row.ChangedAt, "lookup_at": row.LookupAt, "lookups": 0}).Error
}

// OpenIDs returns, of the accounts, those whose owners follow the official
// account: as the person who logs in through it or, by the union id, as the
// one who uses the mini-program. The openids are the official account's.
func (f *Followers) OpenIDs(db *gorm.DB, accounts map[model.ID]model.Account) (map[model.ID]string, error) {
	found := make(map[model.ID]string, len(accounts))
	for _, by := range []struct {
		column string
		of     func(model.Account) string
		key    func(model.OfficialFollower) string
	}{
		{"union_id", func(a model.Account) string { return a.UnionID }, func(f model.OfficialFollower) string { return f.UnionID }},
		// This one overwrites the other: it is the surer of the two.
		{"open_id", func(a model.Account) string { return a.OfficialOpenID }, func(f model.OfficialFollower) string { return f.OpenID }},
	} {
		var keys []string
		for _, a := range accounts {
			if key := by.of(a); key != "" {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			continue
		}
		var rows []model.OfficialFollower
		if err := db.Where(by.column+" IN ? AND following = ?", keys, true).Order("changed_at").Find(&rows).Error; err != nil {
			return nil, err
		}
		openIDs := store.Keyed(rows, func(f model.OfficialFollower) (string, string) { return by.key(f), f.OpenID })
		for id, a := range accounts {
			if openID := openIDs[by.of(a)]; openID != "" {
				found[id] = openID
			}
		}
	}
	return found, nil
}

// UnionID returns the union id of a person who follows or followed, by their
// openid with the official account; empty where it is not known.
func (f *Followers) UnionID(ctx context.Context, openID string) (string, error) {
	var known model.OfficialFollower
	err := f.store.Read(ctx).Limit(1).Find(&known, "open_id = ? AND union_id <> ''", openID).Error
	return known.UnionID, err
}

// Following lists all who follow, with their open and union ids: for the demo,
// whose emulated WeChat starts anew with the program.
func (f *Followers) Following(ctx context.Context) ([]model.OfficialFollower, error) {
	var rows []model.OfficialFollower
	err := f.store.Read(ctx).Where("following = ?", true).Find(&rows).Error
	return rows, err
}

// LookUp asks WeChat for the union ids of new followers. It is a job; a run
// that breaks off is taken up by the next.
func (f *Followers) LookUp(ctx context.Context) error {
	if f.official == nil {
		return nil
	}
	var due []model.OfficialFollower
	err := f.store.Read(ctx).Where("lookup_at <= ?", f.store.Now()).Order("lookup_at, open_id").Limit(lookupsAtOnce).Find(&due).Error
	if err != nil {
		return err
	}
	for _, row := range due {
		if err := f.lookUp(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (f *Followers) lookUp(ctx context.Context, row model.OfficialFollower) error {
	// Where nothing comes of it, another may try after a minute, then after ever longer times.
	set := map[string]any{"lookups": row.Lookups + 1, "lookup_at": nil}
	if row.Lookups+1 < maxLookups {
		set["lookup_at"] = f.store.Now().Add(backoff.Delay(time.Minute, 24*time.Hour, row.Lookups+1))
	}
	claimed, err := f.store.ClaimDue(ctx, &model.OfficialFollower{}, store.Where("open_id = ?", row.OpenID), "lookup_at", *row.LookupAt, set)
	if err != nil || !claimed {
		return err
	}
	person, err := f.official.Follower(ctx, row.OpenID)
	if err != nil {
		return err // the claim has set when to try again
	}
	return f.store.Tx(ctx, func(tx *gorm.DB) error {
		// One who has left and come back meanwhile is to be looked up anew.
		if err := tx.Model(&model.OfficialFollower{}).Where("open_id = ? AND changed_at = ?", row.OpenID, row.ChangedAt).Update("lookup_at", nil).Error; err != nil {
			return err
		}
		if person.UnionID == "" {
			return nil
		}
		if err := tx.Model(&model.OfficialFollower{}).Where("open_id = ?", row.OpenID).Update("union_id", person.UnionID).Error; err != nil {
			return err
		}
		return f.accounts.SetUnionID(tx, row.OpenID, person.UnionID)
	})
}
