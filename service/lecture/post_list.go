package lecture

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// hostLabel is how whoever runs a session signs; parentLabel follows the class's name.
const (
	hostLabel   = "主持人"
	parentLabel = "家长"
)

var newestPosts = store.Descending(func(p model.SessionPost) store.Keys { return store.Keys{p.ID} }, "session_posts.id")

// Posts is the discussion under a session, the newest first: what is shown,
// and what is the actor's own. Hosts see what is held and hidden too.
func (s *Service) Posts(ctx context.Context, actor model.Actor, sessionID model.ID, page store.PageRequest) (store.Page[Post], error) {
	session, runs, err := s.discussed(ctx, actor, sessionID)
	if err != nil {
		return store.Page[Post]{}, err
	}
	q := s.store.Read(ctx).Where("session_id = ? AND deleted_at IS NULL", session.ID).
		Where(store.When(!runs, "status = ? OR account_id = ?", model.PostShown, actor.AccountID))
	rows, next, err := newestPosts.Read(q, page)
	if err != nil {
		return store.Page[Post]{}, err
	}
	views, err := s.postViews(ctx, actor, rows, runs)
	return store.Page[Post]{Items: views, NextCursor: next}, err
}

// postViews opens posts that the actor may read. Who runs their session is told what was reported.
func (s *Service) postViews(ctx context.Context, actor model.Actor, rows []model.SessionPost, runs bool) ([]Post, error) {
	names, err := classNames(s.store.Read(ctx), rows)
	if err != nil {
		return nil, err
	}
	var reports map[model.ID]*PostReports
	if runs {
		reports, err = reportsOf(s.store.Read(ctx), store.Each(rows, func(r model.SessionPost) model.ID { return r.ID }))
		if err != nil {
			return nil, err
		}
	}
	views := make([]Post, len(rows))
	for i, r := range rows {
		text, err := s.vault.Unseal(model.SessionPostField, r.ID, r.Content)
		if err != nil {
			return nil, fmt.Errorf("open a post: %w", err)
		}
		author := hostLabel
		if r.ClassID != 0 {
			author = names[r.ClassID].Name + parentLabel
		}
		views[i] = Post{ID: r.ID, Text: text, Author: author, Mine: r.AccountID == actor.AccountID, Decides: runs, Status: r.Status, CreatedAt: r.CreatedAt.UTC(), Reports: reports[r.ID]}
	}
	return views, nil
}

func classNames(db *gorm.DB, rows []model.SessionPost) (map[model.ID]unit.Name, error) {
	var ids []model.ID
	for _, r := range rows {
		if r.ClassID != 0 {
			ids = append(ids, r.ClassID)
		}
	}
	return unit.Names(db, store.Distinct(ids))
}
