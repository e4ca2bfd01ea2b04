package lecture

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// DeletePost takes the actor's own post away for good: its text is gone.
func (s *Service) DeletePost(ctx context.Context, actor model.Actor, id model.ID) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		deleted := tx.Model(&model.SessionPost{}).Where("id = ? AND account_id = ? AND deleted_at IS NULL", id, actor.AccountID).
			Updates(map[string]any{"content": nil, "check_at": nil, "deleted_at": s.store.Now()})
		return store.Changed(deleted, model.NotFound("post"))
	})
}

// ShowPost lets all who take part read a post: the host takes responsibility, whatever WeChat said.
func (s *Service) ShowPost(ctx context.Context, actor model.Actor, id model.ID) (Post, error) {
	return s.decidePost(ctx, actor, id, model.PostShown)
}

// HidePost keeps a post from all but its author and the hosts.
func (s *Service) HidePost(ctx context.Context, actor model.Actor, id model.ID) (Post, error) {
	return s.decidePost(ctx, actor, id, model.PostHidden)
}

// decidePost is the word of whoever runs the session. To others a post does
// not exist by its id.
func (s *Service) decidePost(ctx context.Context, actor model.Actor, id model.ID, status model.PostStatus) (Post, error) {
	var row model.SessionPost
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.store.ForUpdate(tx).Take(&row, "id = ? AND deleted_at IS NULL", id).Error; err != nil {
			return store.Found(err, "post")
		}
		var session model.LectureSession
		if err := tx.Take(&session, "id = ?", row.SessionID).Error; err != nil {
			return store.Found(err, "post")
		}
		runs, err := s.runs(tx, actor, session)
		if err != nil {
			return err
		}
		if !runs {
			return model.NotFound("post")
		}
		row.Status, row.Verdict, row.CheckAt, row.DecidedBy = status, model.VerdictHost, nil, actor.AccountID
		if err := s.decideReports(tx, id); err != nil {
			return err
		}
		return tx.Model(&model.SessionPost{}).Where("id = ?", id).
			Updates(map[string]any{"status": row.Status, "verdict": row.Verdict, "check_at": nil, "decided_by": row.DecidedBy}).Error
	})
	if err != nil {
		return Post{}, err
	}
	return s.onePost(ctx, actor, &row, true, nil)
}
