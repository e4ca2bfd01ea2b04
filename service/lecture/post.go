package lecture

import (
	"context"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
)

const (
	// MaxPostLength bounds a post, in characters.
	MaxPostLength = 500
)

// postRate bounds what one account posts; a heated evening needs no more.
var postRate = limit.Rate{Count: 10, Period: 10 * time.Minute}

// Post is a contribution to a discussion, without any name.
type Post struct {
	ID        model.ID         `json:"id"`
	Text      string           `json:"text"`
	Author    string           `json:"author" doc:"The class and 家长, or 主持人: never a name"`
	Mine      bool             `json:"mine"`
	Decides   bool             `json:"decides" doc:"Whether the caller runs the session and so hides and shows; all others report"`
	Status    model.PostStatus `json:"status" doc:"What is held or hidden is there for its author and the hosts only"`
	CreatedAt time.Time        `json:"createdAt"`
	// Reports are there for hosts, until one of them shows or hides the post.
	Reports *PostReports `json:"reports,omitempty"`
}

// NewPost is a post to add.
type NewPost struct {
	Text       string `json:"text" doc:"At most 500 characters; lines may end, other control characters are refused"`
	RequestKey string `json:"-"`
}

// AddPost adds to the discussion under a session: guardians of the pupils whom
// it is for, and its hosts, but never pupils. The post is saved before
// anything judges it; it is shown once WeChat lets it pass, at once as a rule.
func (s *Service) AddPost(ctx context.Context, actor model.Actor, sessionID model.ID, in NewPost) (Post, error) {
	text, ok := model.PostText(in.Text)
	switch {
	case !ok:
		return Post{}, model.Invalid("text", "text_malformed", "内容里有不能显示的字符，请修改后再发")
	case text == "":
		return Post{}, model.Invalid("text", "text_required", "请先写点什么")
	case utf8.RuneCountInString(text) > MaxPostLength:
		return Post{}, model.Invalid("text", "text_too_long", "最多写500个字")
	}
	if err := model.CheckRequestKey(in.RequestKey); err != nil {
		return Post{}, err
	}
	session, runs, err := s.discussed(ctx, actor, sessionID)
	if err != nil {
		return Post{}, err
	}
	if again, err := s.postedBefore(ctx, actor, sessionID, text, in.RequestKey); err != nil || again != nil {
		return s.onePost(ctx, actor, again, runs, err)
	}
	if !session.Discussed(s.store.Now()) {
		return Post{}, model.Conflict("discussion_closed", "这场宣讲的讨论已经结束")
	}
	if _, wait, ok := s.limiter.Take(ctx, "post:"+actor.AccountID.String(), postRate); !ok {
		return Post{}, model.TooMany("too_many_posts", wait)
	}
	row, err := s.draftPost(actor, session, text, in.RequestKey)
	if err != nil {
		return Post{}, err
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		if !runs {
			if row.ClassID, err = classOfChild(tx, actor, session); err != nil {
				return err
			}
		}
		return tx.Create(&row).Error
	})
	if store.IsDuplicate(err) { // the same call, twice at the same moment
		again, err := s.postedBefore(ctx, actor, sessionID, text, in.RequestKey)
		return s.onePost(ctx, actor, again, runs, err)
	}
	if err != nil {
		return Post{}, err
	}
	row.Status = s.checkNow(ctx, row, text)
	return s.onePost(ctx, actor, &row, runs, nil)
}

// draftPost is the row of a new post, held. Should this process die before it is
// judged, the job finds it at CheckAt.
func (s *Service) draftPost(actor model.Actor, session model.LectureSession, text, key string) (model.SessionPost, error) {
	now := s.store.Now()
	checkAt := now.Add(checkAgainAfter)
	row := model.SessionPost{ID: s.store.NewID(), SessionID: session.ID, AccountID: actor.AccountID, Status: model.PostHeld,
		Verdict: model.VerdictPending, CheckAt: &checkAt, CreatedAt: now}
	row.RequestKey = store.KeyColumn(key)
	var err error
	row.Content, err = s.vault.Seal(model.SessionPostField, row.ID, text)
	return row, err
}

// discussed reads a session that the actor may see and that has a discussion:
// its lecture is for guardians. runs reports whether the actor runs the session.
func (s *Service) discussed(ctx context.Context, actor model.Actor, id model.ID) (session model.LectureSession, runs bool, err error) {
	if actor.PupilID != 0 {
		return session, false, model.NotFound("session")
	}
	db := s.store.Read(ctx)
	err = db.Where(s.sessionsVisibleTo(db, actor, model.Hosts...)).Take(&session, "lecture_sessions.id = ?", id).Error
	if err != nil {
		return session, false, store.Found(err, "session")
	}
	l, err := lectureOf(db, session)
	if err != nil {
		return session, false, err
	}
	if !l.ForGuardians {
		return session, false, model.NotFound("discussion")
	}
	runs, err = s.runs(db, actor, session)
	return session, runs, err
}

// classOfChild is the class as whose parent the actor speaks: that of their
// first child whom the session is for.
func classOfChild(tx *gorm.DB, actor model.Actor, session model.LectureSession) (model.ID, error) {
	var classes []model.ID
	err := family.Enrolled(tx).Where(participants(tx, session)).Where(family.ChildOf("p.id", actor.AccountID)).Order("p.id").Limit(1).Pluck("p.class_id", &classes).Error
	if err == nil && len(classes) == 0 {
		err = model.Forbidden("not_your_session", "只有这场宣讲的家长和主持人可以发言")
	}
	if err != nil {
		return 0, err
	}
	return classes[0], nil
}

// postedBefore is the post that an earlier call with the same key made, or nil.
func (s *Service) postedBefore(ctx context.Context, actor model.Actor, sessionID model.ID, text, key string) (*model.SessionPost, error) {
	rows, err := store.Replay(s.store.Read(ctx), actor.AccountID, key, func(rows []model.SessionPost) (bool, error) {
		row := rows[0]
		if row.DeletedAt != nil {
			return false, model.NotFound("post")
		}
		before, err := s.vault.Unseal(model.SessionPostField, row.ID, row.Content)
		return row.SessionID == sessionID && before == text, err
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func (s *Service) onePost(ctx context.Context, actor model.Actor, row *model.SessionPost, runs bool, err error) (Post, error) {
	if err != nil {
		return Post{}, err
	}
	return store.Only(s.postViews(ctx, actor, []model.SessionPost{*row}, runs))
}
