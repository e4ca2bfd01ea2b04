package lesson

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

// CoverChecks says how covers are checked. A new cover is held until it has
// passed, as a text of a discussion is: while WeChat is down, wants a person to
// look, or can't check it, only those who manage the lesson see the picture and
// its status.
type CoverChecks struct {
	// Ask has WeChat check the picture at a public address. A KindUnavailable
	// error means that it may be asked again. The verdict is pushed. Nil where
	// no verdict could come: no public address, or no pushes. There covers are
	// shown at once, as held ones would never be released; the managers who
	// upload them are responsible for them.
	Ask func(ctx context.Context, openID, url string) (traceID string, err error)
	// PublicURL is where WeChat finds the server, without a slash at its end.
	PublicURL string
}

const (
	coverDeadline = 5 * time.Second
	// coverAgainAfter is when WeChat is asked again after a failure.
	coverAgainAfter = time.Minute
	// coverPushAfter is when a verdict is missed: it is pushed within 30 minutes
	// (https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/mediaCheckAsync.html).
	coverPushAfter = 40 * time.Minute
	// coverFor is how long WeChat is asked at all: the openid must be of somebody
	// who used the mini-program within two hours (the same page), and the only
	// one known to have been here is the manager who uploaded the cover.
	coverFor = 2 * time.Hour
	// coverEarly is how long a verdict may come before its trace id is saved.
	coverEarly = 5 * time.Minute
	// coversARun bounds one run of the job.
	coversARun = 100
)

// setCover sets a new cover, to be checked where that is possible.
func (s *Service) setCover(l *model.Lesson, key string, by model.ID) {
	now := s.store.Now()
	l.LessonCover = model.LessonCover{CoverKey: key, CoverBy: by, CoverSetAt: &now}
	if s.covers.Ask != nil {
		l.CoverStatus, l.CoverCheckAt = model.CoverUnchecked, &now
	}
}

// ReleaseCover shows a held cover to families: a person has looked at it. What
// WeChat found risky stays hidden, and what it has not checked yet waits.
func (s *Service) ReleaseCover(ctx context.Context, actor model.Actor, id model.ID) (View, error) {
	return s.change(ctx, actor, id, func(l *model.Lesson) error {
		switch l.CoverStatus {
		case model.CoverPass: // said twice
		case model.CoverReview:
			l.CoverStatus = model.CoverPass
		default:
			return model.Conflict("cover_not_held", "这张封面不需要人工审核")
		}
		return nil
	})
}

// CheckCovers asks WeChat about covers that are due. Any number of replicas may run it.
func (s *Service) CheckCovers(ctx context.Context) error {
	if s.covers.Ask == nil {
		return nil
	}
	var due []model.Lesson
	err := s.store.Read(ctx).Where("cover_check_at <= ?", s.store.Now()).Order("cover_check_at, id").Limit(coversARun).Find(&due).Error
	if err != nil {
		return err
	}
	for i := range due {
		l, next := &due[i], s.store.Now().Add(coverAgainAfter)
		mine, err := s.saveCoverState(ctx, l, map[string]any{"cover_check_at": next})
		if err != nil {
			return err
		}
		if !mine {
			continue // another replica asks
		}
		l.CoverCheckAt = &next
		if err := s.requestCheck(ctx, l); err != nil {
			return err // WeChat is down: the others wait for the next run
		}
	}
	return nil
}

// requestCheck has WeChat check the cover that this replica has claimed.
func (s *Service) requestCheck(ctx context.Context, l *model.Lesson) error {
	held := map[string]any{"cover_status": model.CoverReview, "cover_check_at": nil}
	if l.CoverSetAt == nil || s.store.Now().Sub(*l.CoverSetAt) > coverFor {
		_, err := s.saveCoverState(ctx, l, held)
		return err
	}
	openID, err := s.accounts.OpenID(s.store.Read(ctx), l.CoverBy)
	if err != nil {
		return err
	}
	link, err := s.link(ctx, l.CoverKey)
	if err != nil {
		return err
	}
	if link[0] == '/' {
		link = s.covers.PublicURL + link
	}
	asking, cancel := context.WithTimeout(ctx, coverDeadline)
	defer cancel()
	trace, err := s.covers.Ask(asking, openID, link)
	switch {
	case model.KindOf(err) == model.KindUnavailable:
		return err
	case err != nil:
		slog.Warn("a cover can't be checked", "lesson", l.ID, "err", err)
		_, err = s.saveCoverState(ctx, l, held)
	default:
		_, err = s.saveCoverState(ctx, l, map[string]any{"cover_trace": trace, "cover_check_at": s.store.Now().Add(coverPushAfter)})
	}
	return err
}

// saveCoverState writes the state of the cover as it was read, unless another
// replica has claimed it, a verdict came, or there is another cover.
func (s *Service) saveCoverState(ctx context.Context, l *model.Lesson, set map[string]any) (saved bool, err error) {
	return s.store.ClaimDue(ctx, &model.Lesson{}, store.Where("id = ? AND cover_key = ? AND cover_status = ?", l.ID, l.CoverKey, model.CoverUnchecked),
		"cover_check_at", *l.CoverCheckAt, set)
}

// errCoverEarly makes the verdict be tried again: its trace id is not saved yet.
var errCoverEarly = errors.New("the verdict on a picture that is not known yet")

// SaveCoverVerdict writes WeChat's verdict on a cover that is still in use. A
// picture that WeChat could not fetch stays held.
func (s *Service) SaveCoverVerdict(tx *gorm.DB, e wechat.Event) error {
	if e.App != wechat.MiniProgram || e.Media == nil || e.Media.TraceID == "" {
		return nil
	}
	status := model.CoverReview
	switch {
	case e.Media.Code != 0:
	case e.Media.Verdict == "pass":
		status = model.CoverPass
	case e.Media.Verdict == "risky":
		status = model.CoverRisky
	}
	res := tx.Model(&model.Lesson{}).
		Where("cover_trace = ? AND cover_status IN ?", e.Media.TraceID, []model.CoverStatus{model.CoverUnchecked, model.CoverReview}).
		Updates(map[string]any{"cover_status": status, "cover_check_at": nil})
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	known, err := store.Exists(tx.Model(&model.Lesson{}).Where("cover_trace = ?", e.Media.TraceID))
	if err == nil && !known && s.store.Now().Sub(e.At) < coverEarly {
		err = errCoverEarly
	}
	return err
}

// cover is the link to the cover, empty for those who may not see it.
func (s *Service) cover(ctx context.Context, l *model.Lesson, manages bool) (string, error) {
	if !manages && !l.CoverShown() {
		return "", nil
	}
	return s.link(ctx, l.CoverKey)
}

// managed returns the lessons that the actor manages, of those with a cover that families may not see.
func (s *Service) managed(ctx context.Context, actor model.Actor, lessons []model.Lesson) (map[model.ID]bool, error) {
	var judged []model.ID
	for _, l := range lessons {
		if l.CoverStatus != "" {
			judged = append(judged, l.ID)
		}
	}
	if len(judged) == 0 || len(actor.UnitsAs(s.store.Now(), model.RoleManager)) == 0 {
		return nil, nil
	}
	var ids []model.ID
	if err := s.store.Read(ctx).Model(&model.Lesson{}).Where(s.ownedBy(actor)).Where("lessons.id IN ?", judged).Pluck("lessons.id", &ids).Error; err != nil {
		return nil, err
	}
	return store.Set(ids), nil
}
