package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lesson"
)

// segment is a played stretch on the wire: [from, to] in seconds.
type segment struct{ from, to float64 }

// Schema implements huma.SchemaProvider: a pair of numbers. What the numbers
// may be is judged stretch by stretch, so that a bad one costs its report nothing else.
func (segment) Schema(huma.Registry) *huma.Schema {
	two := 2
	return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeNumber}, MinItems: &two, MaxItems: &two,
		Description: "A stretch of media time, [from, to) in seconds"}
}

// UnmarshalJSON reads the pair.
func (s *segment) UnmarshalJSON(b []byte) error {
	var pair []float64
	if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
		return errors.New("a segment is a pair of numbers")
	}
	s.from, s.to = pair[0], pair[1]
	return nil
}

// MarshalJSON writes the pair.
func (s segment) MarshalJSON() ([]byte, error) { return json.Marshal([2]float64{s.from, s.to}) }

func segmentsOf(list []model.Segment) []segment {
	out := make([]segment, len(list))
	for i, s := range list {
		out[i] = segment{s.From, s.To}
	}
	return out
}

type openWatchInput struct {
	ID   rest.IDParam `path:"id"`
	Body struct {
		PupilID model.ID `json:"pupilId,omitempty" doc:"The child who watches; without it the watch counts for the caller"`
	}
}

type openedWatch struct {
	ID                 model.ID  `json:"id"`
	ResumeAt           int       `json:"resumeAt" doc:"Seconds"`
	Segments           []segment `json:"segments" doc:"What is watched already"`
	ReportEverySeconds int       `json:"reportEverySeconds"`
}

func (s *Server) openWatch(ctx context.Context, actor model.Actor, in *openWatchInput) (openedWatch, error) {
	w, err := s.svc.Lesson.OpenWatch(ctx, actor, in.ID.ID, in.Body.PupilID)
	return openedWatch{ID: w.ID, ResumeAt: w.ResumeAt, Segments: segmentsOf(w.Segments), ReportEverySeconds: w.ReportEverySeconds}, err
}

type reportInput struct {
	ID   rest.IDParam `path:"id"`
	Body struct {
		Seq      int64     `json:"seq" minimum:"1" doc:"Grows with each report of the watch"`
		Position float64   `json:"position" minimum:"0" doc:"Where the player stands, in seconds"`
		Rate     float64   `json:"rate" doc:"Playback rate, 1 for normal speed"`
		Segments []segment `json:"segments" maxItems:"60" doc:"What was really played since the last report"`
	}
}

type rejectedSegment struct {
	From   float64            `json:"from"`
	To     float64            `json:"to"`
	Reason model.RejectReason `json:"reason" enum:"malformed,beyond_end,faster_than_time,rate_not_allowed,seq_replayed,superseded"`
}

type credited struct {
	WatchedSeconds    int               `json:"watchedSeconds"`
	Percent           int               `json:"percent"`
	Completed         bool              `json:"completed"`
	Rejected          []rejectedSegment `json:"rejected" doc:"Stretches that earned nothing, and why"`
	NextReportSeconds int               `json:"nextReportSeconds"`
}

func (s *Server) report(ctx context.Context, actor model.Actor, in *reportInput) (credited, error) {
	segments := make([]model.Segment, len(in.Body.Segments))
	for i, seg := range in.Body.Segments {
		segments[i] = model.Segment{From: seg.from, To: seg.to}
	}
	c, err := s.svc.Lesson.Report(ctx, actor, in.ID.ID, lesson.Report{Seq: in.Body.Seq, Position: in.Body.Position, Rate: in.Body.Rate, Segments: segments})
	rejected := make([]rejectedSegment, len(c.Rejected))
	for i, r := range c.Rejected {
		rejected[i] = rejectedSegment{From: r.From, To: r.To, Reason: r.Reason}
	}
	return credited{WatchedSeconds: c.WatchedSeconds, Percent: c.Percent, Completed: c.Completed, Rejected: rejected, NextReportSeconds: c.NextReportSeconds}, err
}
