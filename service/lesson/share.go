package lesson

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
)

const (
	// shareLife is how long a card in a chat opens.
	shareLife = 30 * 24 * time.Hour
	// shareBytes make tokens that nobody guesses.
	shareBytes = 15
)

// openRate bounds how often a card's opening is counted, so that whoever
// reloads it does not write all day. It opens all the same.
var openRate = limit.Rate{Count: 60, Period: time.Minute}

// Share is a card to be sent into a chat.
type Share struct {
	Token     string    `json:"token"`
	Page      string    `json:"page" doc:"The mini-program's page with its query, as a share card needs it"`
	ExpiresAt time.Time `json:"expiresAt"`
	Opened    int64     `json:"opened" doc:"How often it was opened so far"`
}

// SharedLesson is what a stranger may see of a lesson.
type SharedLesson struct {
	LessonID model.ID     `json:"lessonId"`
	Title    string       `json:"title"`
	CoverURL string       `json:"coverUrl"`
	From     model.Sharer `json:"from"`
}

// Share makes a card of a lesson that is open now; the same one again on the
// same day.
func (s *Service) Share(ctx context.Context, actor model.Actor, id model.ID) (Share, error) {
	l, err := s.openLesson(ctx, actor, id)
	if err != nil {
		return Share{}, err
	}
	now := s.store.Now()
	row := model.LessonShare{ID: s.store.NewID(), Token: newToken(), LessonID: l.ID, AccountID: actor.AccountID, Sharer: model.SharerFamily,
		OnDate: model.DateOf(now), CreatedAt: now, ExpiresAt: now.Add(shareLife)}
	if actor.Has(now, model.Staff...) {
		row.Sharer = model.SharerSchool
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
		var kept model.LessonShare
		err := tx.Take(&kept, "account_id = ? AND lesson_id = ? AND on_date = ?", row.AccountID, row.LessonID, row.OnDate).Error
		row = kept
		return err
	})
	if err != nil {
		return Share{}, err
	}
	return Share{Token: row.Token, Page: "/pages/lessons/play?id=" + row.LessonID.String() + "&share=" + row.Token, ExpiresAt: row.ExpiresAt.UTC(), Opened: row.Opened}, nil
}

// openLesson reads a lesson that the actor may see, if it is open to families now.
func (s *Service) openLesson(ctx context.Context, actor model.Actor, id model.ID) (model.Lesson, error) {
	var l model.Lesson
	if err := s.store.Read(ctx).Where(s.visibleTo(actor)).Take(&l, "lessons.id = ?", id).Error; err != nil {
		return l, store.Found(err, "lesson")
	}
	if !l.Open(s.store.Now()) {
		return l, model.Conflict("lesson_not_open", "这节微课现在没有开放")
	}
	return l, nil
}

func newToken() string {
	b := make([]byte, shareBytes)
	_, _ = rand.Read(b) // never fails, by its documentation
	return base64.RawURLEncoding.EncodeToString(b)
}

// OpenShare shows what a card is of to whoever holds it, and counts that. A
// card that has expired, or whose lesson is no longer open, is as unknown as
// one that never was.
func (s *Service) OpenShare(ctx context.Context, token string) (SharedLesson, error) {
	now := s.store.Now()
	var share model.LessonShare
	if err := s.store.Read(ctx).Take(&share, "token = ? AND expires_at > ?", token, now).Error; err != nil {
		return SharedLesson{}, store.Found(err, "share")
	}
	var l model.Lesson
	if err := s.store.Read(ctx).Take(&l, "id = ?", share.LessonID).Error; err != nil {
		return SharedLesson{}, store.Found(err, "share")
	}
	if !l.Open(now) {
		return SharedLesson{}, model.NotFound("share")
	}
	cover, err := s.cover(ctx, &l, false)
	if err != nil {
		return SharedLesson{}, err
	}
	if _, _, ok := s.limiter.Take(ctx, "share:"+share.ID.String(), openRate); ok {
		err = s.store.Tx(ctx, func(tx *gorm.DB) error {
			return tx.Model(&model.LessonShare{}).Where("id = ?", share.ID).Update("opened", gorm.Expr("opened + 1")).Error
		})
		if err != nil {
			return SharedLesson{}, err
		}
	}
	return SharedLesson{LessonID: l.ID, Title: l.Title, CoverURL: cover, From: share.Sharer}, nil
}
