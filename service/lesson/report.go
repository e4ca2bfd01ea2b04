package lesson

import (
	"context"
	"math"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Report is a heartbeat of a watch: what was really played since the last one.
type Report struct {
	// Seq grows with each report of a watch, from 1.
	Seq int64
	// Position is where the player stands, in seconds of media time.
	Position float64
	// Rate is the playback rate, 1 for normal speed.
	Rate     float64
	Segments []model.Segment
}

// Credited is the result of a report. The database has committed it when it is returned.
type Credited struct {
	WatchedSeconds    int               `json:"watchedSeconds"`
	Percent           int               `json:"percent"`
	Completed         bool              `json:"completed"`
	Rejected          []model.Rejection `json:"rejected" doc:"Stretches that earned nothing, and why"`
	NextReportSeconds int               `json:"nextReportSeconds"`
}

type reportItem struct {
	watch  *model.Watch
	lesson *model.Lesson
	report Report
	at     time.Time // when the server got it
}

type reportResult struct {
	credited Credited
	err      error
}

// Report credits what a watch reports. What earns nothing is named in
// Rejected with its reason.
func (s *Service) Report(ctx context.Context, actor model.Actor, watchID model.ID, report Report) (Credited, error) {
	at := s.store.Now()
	if len(report.Segments) > model.MaxSegments {
		return Credited{}, model.Invalid("segments", "too_many_segments", "一次上报的片段太多")
	}
	if !(report.Position >= 0 && report.Position <= math.MaxInt32) {
		return Credited{}, model.Invalid("position", "position_out_of_range", "播放位置不正确")
	}
	w, err := s.watch(ctx, watchID)
	if err != nil {
		return Credited{}, err
	}
	if w.AccountID != actor.AccountID {
		return Credited{}, model.NotFound("watch")
	}
	lesson, err := s.lesson(ctx, w.LessonID)
	if err != nil {
		return Credited{}, err
	}
	result, err := s.reports.Do(ctx, w.ViewerID, reportItem{watch: w, lesson: lesson, report: report, at: at})
	if err != nil {
		return Credited{}, err
	}
	return result.credited, result.err
}

// watch is a watch from memory or, for all who wait for one at the same time
// (after a restart, everybody does), from one query.
func (s *Service) watch(ctx context.Context, id model.ID) (*model.Watch, error) {
	if w, ok := s.watches.Get(id); ok {
		return w, nil
	}
	w, err := s.reads.Do(ctx, id, id)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, model.NotFound("watch")
	}
	s.watches.Add(id, w)
	return w, nil
}

// readWatches returns the watches in the order of the ids; nil for an unknown one.
func (s *Service) readWatches(ctx context.Context, ids []model.ID) ([]*model.Watch, error) {
	var rows []*model.Watch
	if err := s.store.Read(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	byID := store.Keyed(rows, func(w *model.Watch) (model.ID, *model.Watch) { return w.ID, w })
	return store.Each(ids, func(id model.ID) *model.Watch { return byID[id] }), nil
}

func (s *Service) lesson(ctx context.Context, id model.ID) (*model.Lesson, error) {
	if l, ok := s.lessons.Get(id); ok {
		return l, nil
	}
	l := new(model.Lesson)
	if err := s.store.Read(ctx).Take(l, "id = ?", id).Error; err != nil {
		return nil, store.Found(err, "lesson")
	}
	s.lessons.Add(id, l)
	return l, nil
}
