package identity

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

const (
	// lookupsAtOnce is how many followers one run of the job asks for.
	lookupsAtOnce = 100
	// maxLookups is how often one follower is asked for.
	maxLookups = 10
)

// Followed notes that someone follows the official account, or no longer
// does. It is a handler of pushes: an older event that comes late changes nothing.
func (s *Service) Followed(tx *gorm.DB, e wechat.Event) error {
	row := model.OfficialFollower{OpenID: e.OpenID, Following: e.Kind == wechat.EventFollow, ChangedAt: e.At}
	if row.Following {
		now := s.store.Now()
		row.LookupAt = &now
	}
	res := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "open_id"}}, DoNothing: true}).Create(&row)
	if res.Error != nil || res.RowsAffected == 1 {
		return res.Error
	}
	return tx.Model(&model.OfficialFollower{}).Where("open_id = ? AND changed_at <= ?", e.OpenID, e.At).
		Updates(map[string]any{"following": row.Following, "changed_at": row.ChangedAt, "lookup_at": row.LookupAt, "lookups": 0}).Error
}

// LookUpFollowers asks WeChat for the union ids of new followers. It is a job;
// a run that breaks off is taken up by the next.
func (s *Service) LookUpFollowers(ctx context.Context) error {
	if s.official == nil {
		return nil
	}
	var due []model.OfficialFollower
	err := s.store.Read(ctx).Where("lookup_at <= ?", s.store.Now()).Order("lookup_at, open_id").Limit(lookupsAtOnce).Find(&due).Error
	if err != nil {
		return store.Translate(err)
	}
	for _, f := range due {
		if err := s.lookUpFollower(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) lookUpFollower(ctx context.Context, f model.OfficialFollower) error {
	claimed, err := s.claimLookup(ctx, f)
	if err != nil || !claimed {
		return err
	}
	answer, err := s.official.Follower(ctx, f.OpenID)
	if err != nil {
		return err // the claim has set when to try again
	}
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		// One who has left and come back meanwhile is to be looked up anew.
		if err := tx.Model(&model.OfficialFollower{}).Where("open_id = ? AND changed_at = ?", f.OpenID, f.ChangedAt).Update("lookup_at", nil).Error; err != nil {
			return err
		}
		if answer.UnionID == "" {
			return nil
		}
		if err := tx.Model(&model.OfficialFollower{}).Where("open_id = ?", f.OpenID).Update("union_id", answer.UnionID).Error; err != nil {
			return err
		}
		// Two accounts of one person become one when they next log in.
		return tx.Model(&model.Account{}).Where("official_open_id = ? AND union_id = ''", f.OpenID).Update("union_id", answer.UnionID).Error
	})
}

// claimLookup takes the look-up for this replica, and sets when another may
// try where nothing comes of it: after a minute, then after ever longer times.
func (s *Service) claimLookup(ctx context.Context, f model.OfficialFollower) (claimed bool, err error) {
	var again *time.Time
	if f.Lookups+1 < maxLookups {
		at := s.store.Now().Add(time.Minute << f.Lookups)
		again = &at
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&model.OfficialFollower{}).Where("open_id = ? AND lookup_at = ?", f.OpenID, f.LookupAt).
			Updates(map[string]any{"lookup_at": again, "lookups": f.Lookups + 1})
		claimed = res.RowsAffected == 1
		return res.Error
	})
	return claimed, err
}
