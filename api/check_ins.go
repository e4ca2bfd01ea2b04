package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lecture"
)

type checkInInput struct {
	Body struct {
		Token     string     `json:"token,omitempty" maxLength:"64" doc:"From the QR code"`
		Digits    string     `json:"digits,omitempty" pattern:"^[0-9]{6}$" doc:"Instead of the token, with sessionId"`
		SessionID model.ID   `json:"sessionId,omitempty"`
		PupilIDs  []model.ID `json:"pupilIds,omitempty" maxItems:"10" doc:"Own children; absent: all whom the session is for"`
		At        *time.Time `json:"at,omitempty" doc:"When the phone scanned. For information: the server goes by its own clock and the code"`
	}
}

func (s *Server) checkIn(ctx context.Context, actor model.Actor, in *checkInInput) (lecture.CheckInResult, error) {
	b := in.Body
	return s.svc.Lecture.CheckIn(ctx, actor, lecture.CheckIn{Token: b.Token, Digits: b.Digits, SessionID: b.SessionID, PupilIDs: b.PupilIDs})
}

type rollCallInput struct {
	rest.IDInput
	Body struct {
		PupilIDs []model.ID        `json:"pupilIds" minItems:"1" maxItems:"500"`
		Mode     model.CheckInMode `json:"mode,omitempty" enum:"roll_call,home_visit" doc:"Must fit the session; absent: as the session is"`
		Side     model.Side        `json:"side,omitempty" doc:"Who is there; absent: the pupils where the lecture is for them, else the guardians"`
	}
}

func (s *Server) rollCall(ctx context.Context, actor model.Actor, in *rollCallInput) (lecture.RollCallCounts, error) {
	return s.svc.Lecture.RollCall(ctx, actor, in.ID.ID, lecture.RollCall{PupilIDs: in.Body.PupilIDs, Mode: in.Body.Mode, Side: in.Body.Side})
}

type decideInput struct {
	rest.IDInput
	Body struct {
		CheckInIDs []model.ID `json:"checkInIds" minItems:"1" maxItems:"500"`
	}
}

func (s *Server) confirmLate(ctx context.Context, actor model.Actor, in *decideInput) (lecture.Decided, error) {
	return s.svc.Lecture.ConfirmLate(ctx, actor, in.ID.ID, in.Body.CheckInIDs)
}

func (s *Server) refuseLate(ctx context.Context, actor model.Actor, in *decideInput) (lecture.Decided, error) {
	return s.svc.Lecture.RefuseLate(ctx, actor, in.ID.ID, in.Body.CheckInIDs)
}
