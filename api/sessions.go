package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lecture"
	"xinyu/service/platform/store"
)

// PlanBody is what can be set of every session.
type PlanBody struct{ lecture.Plan }

func (b PlanBody) with(targets []model.ID) lecture.Plan {
	b.TargetUnitIDs = targets
	return b.Plan
}

type createSessionInput struct {
	Body struct {
		LectureID model.ID `json:"lectureId"`
		PlanBody
		TargetUnitIDs []model.ID `json:"targetUnitIds" minItems:"1" maxItems:"200" doc:"The units whose classes it is for"`
	}
}

func (s *Server) createSession(ctx context.Context, actor model.Actor, in *createSessionInput) (lecture.Session, error) {
	return s.svc.Lecture.Schedule(ctx, actor, in.Body.LectureID, in.Body.with(in.Body.TargetUnitIDs))
}

type updateSessionInput struct {
	rest.IDInput
	Body struct {
		Version int `json:"version" minimum:"1" doc:"The version that the change was made to"`
		PlanBody
		TargetUnitIDs []model.ID `json:"targetUnitIds,omitempty" maxItems:"200" doc:"Absent: they stay"`
	}
}

func (s *Server) updateSession(ctx context.Context, actor model.Actor, in *updateSessionInput) (lecture.Session, error) {
	return s.svc.Lecture.Change(ctx, actor, in.ID.ID, in.Body.Version, in.Body.with(in.Body.TargetUnitIDs))
}

type makeUpInput struct {
	rest.IDInput
	Body PlanBody
}

func (s *Server) makeUpSession(ctx context.Context, actor model.Actor, in *makeUpInput) (lecture.Session, error) {
	return s.svc.Lecture.MakeUp(ctx, actor, in.ID.ID, in.Body.Plan)
}

type rosterInput struct {
	rest.IDPageInput
	Side model.Side `query:"side" doc:"The pupils' where the lecture is for them, else the guardians'"`
}

func (s *Server) sessionRoster(ctx context.Context, actor model.Actor, in *rosterInput) (lecture.Roster, error) {
	return s.svc.Lecture.Roster(ctx, actor, in.ID.ID, in.Side, in.PageRequest)
}

func (s *Server) getCode(ctx context.Context, actor model.Actor, in *rest.IDInput) (lecture.Code, error) {
	return s.svc.Lecture.Code(ctx, actor, in.ID.ID, rest.Base)
}

type retractInput struct {
	rest.IDInput
	PupilID store.IDParam `path:"pupilId"`
	Body    lecture.Retract
}

func (s *Server) retractCheckIn(ctx context.Context, actor model.Actor, in *retractInput) (lecture.Retracted, error) {
	return s.svc.Lecture.Retract(ctx, actor, in.ID.ID, in.PupilID.ID, in.Body)
}

const pngType = "image/png"

type codePictureInput struct {
	rest.IDInput
	Token string `query:"token" required:"true"`
}

// codePicture draws the QR code. An <img> can't send a token of login; the
// code itself is the proof.
func (s *Server) codePicture(_ context.Context, _ model.Actor, in *codePictureInput) (rest.File, error) {
	picture, err := s.svc.Lecture.CodePicture(in.ID.ID, in.Token)
	return rest.File{Type: pngType, Body: picture}, err
}
