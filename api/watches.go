package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/lesson"
	"xinyu/service/platform/store"
)

type openWatchInput struct {
	ID   store.IDParam `path:"id"`
	Body struct {
		PupilID model.ID `json:"pupilId,omitempty" doc:"The child who watches; without it the watch counts for the caller"`
	}
}

func (s *Server) openWatch(ctx context.Context, actor model.Actor, in *openWatchInput) (lesson.OpenedWatch, error) {
	return s.svc.Lesson.OpenWatch(ctx, actor, in.ID.ID, in.Body.PupilID)
}

type reportInput struct {
	ID   store.IDParam `path:"id"`
	Body struct {
		Seq      int64        `json:"seq" minimum:"1" doc:"Grows with each report of the watch"`
		Position float64      `json:"position" minimum:"0" doc:"Where the player stands, in seconds"`
		Rate     float64      `json:"rate" doc:"Playback rate, 1 for normal speed"`
		Segments [][2]float64 `json:"segments" maxItems:"60" doc:"What was really played since the last report: stretches of media time, [from, to) in seconds"`
	}
}

func (s *Server) report(ctx context.Context, actor model.Actor, in *reportInput) (lesson.Credited, error) {
	segments := make([]model.Segment, len(in.Body.Segments))
	for i, pair := range in.Body.Segments {
		segments[i] = model.Segment{From: pair[0], To: pair[1]}
	}
	return s.svc.Lesson.Report(ctx, actor, in.ID.ID, lesson.Report{Seq: in.Body.Seq, Position: in.Body.Position, Rate: in.Body.Rate, Segments: segments})
}
