package lesson

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// reportEvery is how often a player should report at the least, in seconds.
const reportEvery = 15

// OpenedWatch is what a player needs to begin: where to resume and what is
// watched already.
type OpenedWatch struct {
	ID                 model.ID     `json:"id"`
	ResumeAt           int          `json:"resumeAt" doc:"Seconds"`
	Segments           [][2]float64 `json:"segments" doc:"What is watched already: stretches of media time, [from, to) in seconds"`
	ReportEverySeconds int          `json:"reportEverySeconds"`
}

// OpenWatch begins a play session. Without pupilID it counts for the caller;
// with it, for that child and, where the lesson is for guardians too, for the
// guardian beside it. It supersedes an earlier watch of the same lesson by the
// same person, and unspent time from before it is forgotten.
func (s *Service) OpenWatch(ctx context.Context, actor model.Actor, lessonID, pupilID model.ID) (OpenedWatch, error) {
	var lesson model.Lesson
	err := s.store.Read(ctx).Where(s.watchable(actor)).Take(&lesson, "lessons.id = ?", lessonID).Error
	if err != nil {
		return OpenedWatch{}, store.Found(err, "lesson")
	}
	w, err := s.plan(ctx, actor, &lesson, pupilID)
	if err != nil {
		return OpenedWatch{}, err
	}
	var p model.LessonProgress
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := family.RequireConsent(tx, model.PurposeLearning, model.DateOf(w.OpenedAt), subjectOf(w)); err != nil {
			return err
		}
		if err := s.restartViewers(tx, w, &lesson); err != nil {
			return err
		}
		if err := tx.Create(w).Error; err != nil {
			return err
		}
		if err := dropOldWatches(tx, w); err != nil {
			return err
		}
		if err := tx.Take(&p, "viewer_id = ? AND lesson_id = ?", w.ViewerID, w.LessonID).Error; err != nil {
			return err
		}
		return tx.Model(&p).Updates(map[string]any{"watch_id": w.ID, "last_seq": 0}).Error
	})
	if err != nil {
		return OpenedWatch{}, err
	}
	s.watches.Add(w.ID, w)
	watched := store.Each(p.Bitmap.Segments(), func(s model.Segment) [2]float64 { return [2]float64{s.From, s.To} })
	return OpenedWatch{ID: w.ID, ResumeAt: resumeAt(&p, &lesson), Segments: watched, ReportEverySeconds: reportSeconds(&lesson)}, nil
}

// keptWatches is how many watches of one person and lesson are kept. All but
// the newest are superseded, so that nobody fills the table by opening more.
const keptWatches = 20

// dropOldWatches deletes those beyond keptWatches, in a transaction that holds
// the viewer's row.
func dropOldWatches(tx *gorm.DB, w *model.Watch) error {
	theirs := store.Where("viewer_id = ? AND lesson_id = ?", w.ViewerID, w.LessonID)
	var oldest []model.ID
	err := tx.Model(&model.Watch{}).Where(theirs).Order("id DESC").Offset(keptWatches).Limit(1).Pluck("id", &oldest).Error
	if err != nil || len(oldest) == 0 {
		return err
	}
	return tx.Where(theirs).Where("id <= ? AND id <> ?", oldest[0], w.ID).Delete(&model.Watch{}).Error
}

// reportSeconds is how often a player of the lesson should report: a short
// lesson wants some reports too.
func reportSeconds(l *model.Lesson) int { return min(reportEvery, max(3, l.DurationSeconds/4)) }

// plan decides for whom a watch counts.
func (s *Service) plan(ctx context.Context, actor model.Actor, lesson *model.Lesson, pupilID model.ID) (*model.Watch, error) {
	w := &model.Watch{ID: s.store.NewID(), LessonID: lesson.ID, AccountID: actor.AccountID, OpenedAt: s.store.Now()}
	switch {
	case actor.PupilID != 0: // a pupil's own account
		if pupilID != 0 && pupilID != actor.PupilID {
			return nil, model.NotFound("child")
		}
		if !lesson.ForPupils {
			return nil, model.Forbidden("lesson_not_for_pupils", "这节微课是给家长看的")
		}
		w.ViewerID, w.PupilID = actor.PupilID, actor.PupilID
	case pupilID != 0:
		if err := s.mustBeChild(ctx, actor, lesson, pupilID); err != nil {
			return nil, err
		}
		if !lesson.ForPupils {
			return nil, model.Invalid("pupilId", "lesson_not_for_pupils", "这节微课是给家长看的，请不要选择孩子")
		}
		w.ViewerID, w.PupilID = pupilID, pupilID
		if lesson.ForGuardians {
			w.CompanionID = actor.AccountID
		}
	default:
		if !lesson.ForGuardians {
			return nil, model.Invalid("pupilId", "pupil_needed", "这节微课是给孩子看的，请先选择孩子")
		}
		w.ViewerID = actor.AccountID
	}
	return w, nil
}

// mustBeChild checks that the pupil is the caller's child, on a roster that
// the lesson is published to.
func (s *Service) mustBeChild(ctx context.Context, actor model.Actor, lesson *model.Lesson, pupilID model.ID) error {
	found, err := family.List(s.store.Read(ctx), store.Where("p.id = ?", pupilID), family.OnRoster(),
		family.ChildOf("p.id", actor.AccountID), store.Below("p.class_id", []model.ID{lesson.UnitID}))
	if err == nil && len(found) == 0 {
		err = model.NotFound("child")
	}
	return err
}

// restartViewers makes sure that the rows which reports will lock are there,
// and restarts the clocks of the persons who watch.
func (s *Service) restartViewers(tx *gorm.DB, w *model.Watch, lesson *model.Lesson) error {
	ids := viewerIDs([]*model.Watch{w})
	viewers := make([]model.Viewer, len(ids))
	progress := make([]model.LessonProgress, len(ids))
	for i, id := range ids {
		viewers[i] = model.Viewer{ID: id, CreditedAt: w.OpenedAt}
		progress[i] = model.LessonProgress{ViewerID: id, LessonID: lesson.ID, Bitmap: model.NewBitmap(lesson.DurationSeconds), UpdatedAt: w.OpenedAt}
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&viewers).Error; err != nil {
		return err
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&progress).Error; err != nil {
		return err
	}
	locked, err := s.lockViewers(tx, ids)
	if err != nil {
		return err
	}
	for _, v := range locked {
		v.Restart(w.OpenedAt)
		if err := tx.Save(v).Error; err != nil {
			return err
		}
	}
	return nil
}

// resumeAt is the last position, or the start where that is the end.
func resumeAt(p *model.LessonProgress, lesson *model.Lesson) int {
	if p.Position >= lesson.DurationSeconds-3 {
		return 0
	}
	return p.Position
}
