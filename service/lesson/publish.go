package lesson

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Edit is what a manager writes about a lesson.
type Edit struct {
	Title        string       `json:"title" minLength:"1" maxLength:"60"`
	Summary      string       `json:"summary,omitempty" maxLength:"1000"`
	Sides        []model.Side `json:"sides" minItems:"1" maxItems:"2"`
	Term         model.Term   `json:"term" pattern:"^[0-9]{4}H[12]$" doc:"Half-year, as 2026H2"`
	PassPercent  int          `json:"passPercent,omitempty" default:"90" minimum:"50" maximum:"100"`
	MaxRate      float64      `json:"maxRate,omitempty" default:"2" minimum:"1" maximum:"2"`
	PublishFrom  *time.Time   `json:"publishFrom,omitempty"`
	PublishUntil *time.Time   `json:"publishUntil,omitempty"`
}

func (e Edit) apply(l *model.Lesson) error {
	title, plain := model.TitleText(e.Title)
	if !plain {
		return model.Invalid("title", "title_malformed", "标题应是一行文字，不含特殊字符")
	}
	summary, plain := model.PostText(e.Summary)
	if !plain {
		return model.Invalid("summary", "summary_malformed", "简介里有不能显示的字符，请修改")
	}
	l.Title, l.Summary, l.Term, l.PassPercent = title, summary, e.Term, e.PassPercent
	l.Sides = model.SidesOf(e.Sides)
	l.MaxRatePercent = int(math.Round(e.MaxRate * 100)) // 1.15 is a little less than 115 %
	l.PublishFrom, l.PublishUntil = instant(e.PublishFrom), instant(e.PublishUntil)
	if !e.Term.Valid() {
		return model.Invalid("term", "term_invalid", "学期应写作 2026H1（上半年）或 2026H2（下半年）")
	}
	if l.PublishFrom != nil && l.PublishUntil != nil && !l.PublishFrom.Before(*l.PublishUntil) {
		return model.Invalid("publishUntil", "window_inverted", "结束时间应晚于开始时间")
	}
	return nil
}

func instant(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := model.Instant(*t)
	return &u
}

// Create drafts a lesson of the unit, which must stand at or below one that the actor manages.
func (s *Service) Create(ctx context.Context, actor model.Actor, unitID model.ID, e Edit) (View, error) {
	now := s.store.Now()
	l := model.Lesson{ID: s.store.NewID(), UnitID: unitID, Status: model.LessonDraft, Version: 1, CreatedBy: actor.AccountID, CreatedAt: now, UpdatedAt: now}
	if err := e.apply(&l); err != nil {
		return View{}, err
	}
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := unit.Get(tx, unitID, unit.InUse(), unit.Below(actor.UnitsAs(now, model.RoleManager)...)); err != nil {
			return err
		}
		return tx.Create(&l).Error
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, &l, nil, true)
}

// Update rewrites a lesson. version is the one that the caller saw: a lesson
// that has changed since is refused with version_conflict, whose details are
// the lesson as it stands. Once it is published its sides stand: coverage is
// owed by them.
func (s *Service) Update(ctx context.Context, actor model.Actor, id model.ID, version int, e Edit) (View, error) {
	return s.change(ctx, actor, id, func(l *model.Lesson) error {
		if l.Version != version {
			current, err := s.view(ctx, l, nil, true)
			if err != nil {
				return err
			}
			return model.Conflict("version_conflict", "微课已被他人修改，请对照后再改").WithDetails(current)
		}
		sides := l.Sides
		if err := e.apply(l); err != nil {
			return err
		}
		if l.Status != model.LessonDraft && l.Sides != sides {
			return model.Conflict("lesson_sides_in_use", "微课已发布，不能再更改对象")
		}
		return nil
	})
}

// Publish opens the lesson to the families below its unit, within its window.
func (s *Service) Publish(ctx context.Context, actor model.Actor, id model.ID) (View, error) {
	return s.change(ctx, actor, id, func(l *model.Lesson) error {
		if l.VideoKey == "" {
			return model.Conflict("lesson_has_no_video", "请先上传视频，再发布")
		}
		l.Status = model.LessonPublished
		return nil
	})
}

// Withdraw takes the lesson out of the families' catalogue. What was credited stays.
func (s *Service) Withdraw(ctx context.Context, actor model.Actor, id model.ID) (View, error) {
	return s.change(ctx, actor, id, func(l *model.Lesson) error {
		if l.Status != model.LessonDraft {
			l.Status = model.LessonWithdrawn
		}
		return nil
	})
}

// change edits a lesson that the actor manages, under its row's lock.
func (s *Service) change(ctx context.Context, actor model.Actor, id model.ID, edit func(*model.Lesson) error) (View, error) {
	var l model.Lesson
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		l = model.Lesson{}
		if err := s.store.ForUpdate(tx).Where(s.ownedBy(actor)).Take(&l, "lessons.id = ?", id).Error; err != nil {
			return store.Found(err, "lesson")
		}
		before := l
		if err := edit(&l); err != nil {
			return err
		}
		if err := s.exchangeFiles(tx, &before, &l); err != nil {
			return err
		}
		l.UpdatedAt = s.store.Now()
		l.Version++
		return tx.Save(&l).Error
	})
	if err != nil {
		return View{}, err
	}
	s.lessons.Remove(id)
	return s.view(ctx, &l, nil, true)
}

// SetVideo stores the video of a draft, with its index in front, and reads its
// duration from the file.
func (s *Service) SetVideo(ctx context.Context, actor model.Actor, id model.ID, upload io.Reader) (View, error) {
	indexFirst := func(file *os.File) (io.ReadSeeker, error) { return media.IndexFirst(file) }
	return s.setFile(ctx, actor, id, upload, indexFirst, func(l *model.Lesson, file io.ReadSeeker, key, contentType string) error {
		if l.Status != model.LessonDraft {
			return model.Conflict("lesson_not_draft", "微课已发布，不能再更换视频")
		}
		if contentType != media.TypeMP4 {
			return model.Invalid("file", "file_type", "请上传 MP4 视频")
		}
		info, err := media.Probe(file)
		if err != nil {
			return err
		}
		if l.DurationSeconds = int(info.Duration.Seconds()); l.DurationSeconds < 1 {
			return model.Invalid("file", "video_too_short", "视频不到一秒，请换一个")
		}
		l.VideoKey = key
		return nil
	})
}

// SetCover stores the cover picture of a lesson, without what else the file says.
func (s *Service) SetCover(ctx context.Context, actor model.Actor, id model.ID, upload io.Reader) (View, error) {
	painted := func(file *os.File) (io.ReadSeeker, error) {
		picture, err := s.painter.Paint(ctx, file)
		return bytes.NewReader(picture), err
	}
	return s.setFile(ctx, actor, id, upload, painted, func(l *model.Lesson, _ io.ReadSeeker, key, _ string) error {
		s.setCover(l, key, actor.AccountID)
		return nil
	})
}
