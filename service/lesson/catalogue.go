package lesson

import (
	"context"
	"strings"
	"time"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// View is a lesson as clients see it.
type View struct {
	ID              model.ID           `json:"id"`
	UnitID          model.ID           `json:"unitId" doc:"The unit that published it"`
	Title           string             `json:"title"`
	Summary         string             `json:"summary"`
	Sides           []model.Side       `json:"sides"`
	Term            model.Term         `json:"term"`
	Status          model.LessonStatus `json:"status"`
	DurationSeconds int                `json:"durationSeconds"`
	PassPercent     int                `json:"passPercent" doc:"The share that must be watched"`
	MaxRate         float64            `json:"maxRate" doc:"The fastest playback that is credited"`
	VideoURL        string             `json:"videoUrl" doc:"Signed; valid for some hours"`
	CoverURL        string             `json:"coverUrl" doc:"Signed; empty to families while the cover is held"`
	CoverStatus     model.CoverStatus  `json:"coverStatus,omitempty" doc:"How the cover was judged, told to managers of the lesson: only pass is shown to families; empty where nobody judges"`
	PublishFrom     *time.Time         `json:"publishFrom,omitempty"`
	PublishUntil    *time.Time         `json:"publishUntil,omitempty"`
	Version         int                `json:"version" doc:"Send it back with a change"`
	Progress        Progress           `json:"progress" doc:"Of the caller or, with pupilId, of that child"`
}

// Progress is what one person has watched of a lesson.
type Progress struct {
	WatchedSeconds int        `json:"watchedSeconds"`
	Percent        int        `json:"percent"`
	Position       int        `json:"position"`
	Completed      bool       `json:"completed"`
	CompletedAt    *time.Time `json:"completedAt,omitempty"`
}

// Query chooses lessons for List.
type Query struct {
	Side    model.Side    `query:"side" doc:"Only lessons for this side"`
	Term    model.Term    `query:"term" maxLength:"6" doc:"Only lessons of this half-year, as 2026H2"`
	PupilID store.IDParam `query:"pupilId" doc:"A child of the caller: its lessons and progress"`
	Search  string        `query:"search" maxLength:"60" doc:"Only lessons with all these words in their title or summary"`
	store.PageRequest
}

var newestLessons = store.Descending(func(l model.Lesson) store.Keys { return store.Keys{l.ID} }, "lessons.id")

// literally escapes what LIKE would read as a pattern.
var literally = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// linkLife is how long a video link works: long enough for any lesson and a pause.
const linkLife = 12 * time.Hour

// List is the catalogue, newest first.
func (s *Service) List(ctx context.Context, actor model.Actor, q Query) (store.Page[View], error) {
	viewer, err := s.viewer(ctx, actor, q.PupilID.ID)
	if err != nil {
		return store.Page[View]{}, err
	}
	db := s.store.Read(ctx).Where(store.All(s.visibleTo(actor),
		store.When(q.Term != "", "lessons.term = ?", q.Term),
		store.When(q.Side == model.SidePupil, "lessons.for_pupils = ?", true),
		store.When(q.Side == model.SideGuardian, "lessons.for_guardians = ?", true)))
	if q.PupilID.ID != 0 {
		db = db.Where(store.AboveQuery(unitColumn, family.ClassOf(s.store.Read(ctx), q.PupilID.ID)))
	}
	for _, word := range strings.Fields(q.Search) {
		like := "%" + literally.Replace(strings.ToLower(word)) + "%"
		db = db.Where("(LOWER(lessons.title) LIKE ? ESCAPE '!' OR LOWER(lessons.summary) LIKE ? ESCAPE '!')", like, like)
	}
	lessons, next, err := newestLessons.Read(db, q.PageRequest)
	if err != nil {
		return store.Page[View]{}, err
	}
	items, err := s.views(ctx, actor, lessons, viewer)
	return store.Page[View]{Items: items, NextCursor: next}, err
}

// Get is one lesson, with the progress of the caller or the child.
func (s *Service) Get(ctx context.Context, actor model.Actor, id, pupilID model.ID) (View, error) {
	viewer, err := s.viewer(ctx, actor, pupilID)
	if err != nil {
		return View{}, err
	}
	var lesson model.Lesson
	if err := s.store.Read(ctx).Where(s.visibleTo(actor)).Take(&lesson, "lessons.id = ?", id).Error; err != nil {
		return View{}, store.Found(err, "lesson")
	}
	return store.Only(s.views(ctx, actor, []model.Lesson{lesson}, viewer))
}

// viewer is whose progress the caller asks for.
func (s *Service) viewer(ctx context.Context, actor model.Actor, pupilID model.ID) (model.ID, error) {
	switch {
	case pupilID == 0 && actor.PupilID != 0:
		return actor.PupilID, nil
	case pupilID == 0:
		return actor.AccountID, nil
	case pupilID == actor.PupilID:
		return pupilID, nil
	}
	mine, err := family.IsGuardian(s.store.Read(ctx), actor.AccountID, pupilID)
	if err == nil && !mine {
		err = model.NotFound("child")
	}
	return pupilID, err
}

// views are the lessons with links and the viewer's progress.
func (s *Service) views(ctx context.Context, actor model.Actor, lessons []model.Lesson, viewer model.ID) ([]View, error) {
	ids := store.Each(lessons, func(l model.Lesson) model.ID { return l.ID })
	var rows []*model.LessonProgress
	err := s.store.Read(ctx).Select("viewer_id", "lesson_id", "position", "watched_seconds", "completed_at").
		Where("viewer_id = ? AND lesson_id IN ?", viewer, ids).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	progress := store.Keyed(rows, func(p *model.LessonProgress) (model.ID, *model.LessonProgress) { return p.LessonID, p })
	managed, err := s.managed(ctx, actor, lessons)
	if err != nil {
		return nil, err
	}
	views := make([]View, len(lessons))
	for i := range lessons {
		if views[i], err = s.view(ctx, &lessons[i], progress[lessons[i].ID], managed[lessons[i].ID]); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// view is one lesson, as whoever manages it sees it or as others do.
func (s *Service) view(ctx context.Context, l *model.Lesson, p *model.LessonProgress, manages bool) (View, error) {
	v := View{
		ID: l.ID, UnitID: l.UnitID, Title: l.Title, Summary: l.Summary, Sides: l.List(), Term: l.Term, Status: l.Status,
		DurationSeconds: l.DurationSeconds, PassPercent: l.PassPercent, MaxRate: float64(l.MaxRatePercent) / 100,
		PublishFrom: l.PublishFrom, PublishUntil: l.PublishUntil, Version: l.Version,
	}
	if p != nil {
		v.Progress = Progress{WatchedSeconds: p.WatchedSeconds, Percent: p.Percent(l), Position: p.Position, Completed: p.CompletedAt != nil, CompletedAt: p.CompletedAt}
	}
	var err error
	if v.VideoURL, err = s.link(ctx, l.VideoKey); err != nil {
		return v, err
	}
	if manages {
		v.CoverStatus = l.CoverStatus
	}
	v.CoverURL, err = s.cover(ctx, l, manages)
	return v, err
}

// MediaPath is where the API serves files of the media store, at the root.
const MediaPath = "/media/"

// link is a link to a file that works without login for linkLife, or "" where there is no file.
func (s *Service) link(ctx context.Context, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	url, direct, err := s.media.URL(ctx, key, linkLife)
	if err != nil || direct {
		return url, err
	}
	return MediaPath + key + "?" + s.signer.Sign(key, s.store.Now().Truncate(time.Hour).Add(linkLife)), nil
}
