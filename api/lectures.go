package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/lecture"
)

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
