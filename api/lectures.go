package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lecture"
	"xinyu/service/platform/store"
)

type listLecturesInput struct {
	Term model.Term `query:"term" maxLength:"6" doc:"Only lectures of this half-year, as 2026H2"`
	Side model.Side `query:"side" doc:"Only lectures for this side"`
	store.PageRequest
}

func (s *Server) listLectures(ctx context.Context, actor model.Actor, in *listLecturesInput) (store.Page[lecture.Lecture], error) {
	return s.svc.Lecture.Lectures(ctx, actor, lecture.LectureFilter{Term: in.Term, Side: in.Side, PageRequest: in.PageRequest})
}

func (s *Server) getLecture(ctx context.Context, actor model.Actor, in *rest.IDInput) (lecture.Lecture, error) {
	return s.svc.Lecture.Lecture(ctx, actor, in.ID.ID)
}

type createLectureInput struct {
	Body struct {
		UnitID  model.ID     `json:"unitId" doc:"The unit that publishes it, for all classes below"`
		Number  int          `json:"number" minimum:"1" maximum:"999" doc:"第几讲; unique within the unit and term"`
		Title   string       `json:"title" minLength:"1" maxLength:"100"`
		Summary string       `json:"summary,omitempty" maxLength:"2000"`
		Sides   []model.Side `json:"sides" minItems:"1" maxItems:"2"`
		Term    model.Term   `json:"term,omitempty" pattern:"^[0-9]{4}H[12]$" doc:"Half-year, as 2026H2; the present one where absent"`
	}
}

func (s *Server) createLecture(ctx context.Context, actor model.Actor, in *createLectureInput) (lecture.Lecture, error) {
	b := in.Body
	return s.svc.Lecture.Publish(ctx, actor, lecture.NewLecture{UnitID: b.UnitID, Number: b.Number, Title: b.Title, Summary: b.Summary, Sides: b.Sides, Term: b.Term})
}
