package lecture

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
)

// reportRate bounds what one account reports: hosts must not drown in it.
var reportRate = limit.Rate{Count: 10, Period: time.Hour}

// PostReports is what others reported of a post, without saying who.
type PostReports struct {
	Count   int                      `json:"count"`
	Reasons []model.PostReportReason `json:"reasons" doc:"Each once"`
}

// ReportPost tells the hosts of a post that all who take part read. One account
// reports a post once; a repeat changes nothing, also after the hosts have
// decided. What the actor may not read is not found.
func (s *Service) ReportPost(ctx context.Context, actor model.Actor, id model.ID, reason model.PostReportReason) error {
	var post model.SessionPost
	err := s.store.Read(ctx).Take(&post, "id = ? AND status = ? AND deleted_at IS NULL", id, model.PostShown).Error
	if err != nil {
		return store.Found(err, "post")
	}
	if _, _, err := s.discussed(ctx, actor, post.SessionID); err != nil {
		if model.KindOf(err) == model.KindNotFound {
			return model.NotFound("post")
		}
		return err
	}
	if post.AccountID == actor.AccountID {
		return model.Conflict("own_post", "这是您自己写的，可以直接删除")
	}
	if _, wait, ok := s.limiter.Take(ctx, "post-report:"+actor.AccountID.String(), reportRate); !ok {
		return model.TooMany("too_many_reports", wait)
	}
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		row := model.PostReport{ID: s.store.NewID(), PostID: post.ID, AccountID: actor.AccountID, Reason: reason, CreatedAt: s.store.Now()}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	})
}

// undecided keeps the reports on which no host has decided yet.
var undecided = store.Where("post_reports.decided_at IS NULL")

// reportsOf are the reports of posts that wait for a host, by post.
func reportsOf(db *gorm.DB, posts []model.ID) (map[model.ID]*PostReports, error) {
	var rows []model.PostReport
	if err := db.Where(undecided).Where("post_id IN ?", posts).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	byPost := map[model.ID]*PostReports{}
	for _, r := range rows {
		reports := byPost[r.PostID]
		if reports == nil {
			reports = &PostReports{}
			byPost[r.PostID] = reports
		}
		reports.Count++
		reports.Reasons = store.Distinct(append(reports.Reasons, r.Reason))
	}
	return byPost, nil
}

// decideReports notes, in tx, that a host has decided on a post.
func (s *Service) decideReports(tx *gorm.DB, post model.ID) error {
	return tx.Model(&model.PostReport{}).Where(undecided).Where("post_id = ?", post).Update("decided_at", s.store.Now()).Error
}

// postsWaiting counts the posts under a session that wait for a host: held
// ones and reported ones.
func postsWaiting(db *gorm.DB, session model.ID) (int64, error) {
	var n int64
	reported := db.Model(&model.PostReport{}).Where(undecided).Where("post_reports.post_id = session_posts.id").Select("1")
	err := db.Model(&model.SessionPost{}).Where("session_id = ? AND deleted_at IS NULL", session).
		Where("status = ? OR EXISTS (?)", model.PostHeld, reported).Count(&n).Error
	return n, err
}
