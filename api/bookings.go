package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
)

// bookInput leaves it to the service to refuse a missing slot or an overlong
// text. Members that it does not have are refused as everywhere, after the answer to
// the safety question was read: see readSafetyAnswer.
type bookInput struct {
	rest.RequestKey
	Body struct {
		SlotID  rest.LenientID   `json:"slotId,omitempty"`
		PupilID rest.LenientID   `json:"pupilId,omitempty" doc:"The caller's child or, for staff, a pupil of their units; absent: the caller"`
		Concern rest.LenientText `json:"concern,omitempty" doc:"At most 2,000 characters; read by the counsellor only"`
		Safety  safety           `json:"safety"`
	}
}

func (s *Server) book(ctx context.Context, actor model.Actor, in *bookInput) (counsel.Booking, error) {
	return s.svc.Counsel.Book(ctx, actor, counsel.BookIn{
		SlotID: in.Body.SlotID.ID, PupilID: in.Body.PupilID.ID, Concern: string(in.Body.Concern), SelfHarm: selfHarm(ctx, in.Body.Safety), RequestKey: in.Key,
	})
}

// cancelInput's body may be left out.
type cancelInput struct {
	rest.IDInput
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"200"`
	}
}

func (s *Server) cancelBooking(ctx context.Context, actor model.Actor, in *cancelInput) (counsel.Booking, error) {
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	return s.svc.Counsel.Cancel(ctx, actor, in.ID.ID, reason)
}

type rescheduleInput struct {
	rest.IDInput
	Body struct {
		SlotID model.ID `json:"slotId"`
	}
}

func (s *Server) rescheduleBooking(ctx context.Context, actor model.Actor, in *rescheduleInput) (counsel.Booking, error) {
	return s.svc.Counsel.Reschedule(ctx, actor, in.ID.ID, in.Body.SlotID)
}

type addRecordInput struct {
	rest.IDInput
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"10000"`
	}
}

func (s *Server) addRecord(ctx context.Context, actor model.Actor, in *addRecordInput) (counsel.Record, error) {
	return s.svc.Counsel.AddRecord(ctx, actor, in.ID.ID, in.Body.Text)
}

type handOverInput struct {
	rest.IDInput
	Body struct {
		CounsellorID model.ID `json:"counsellorId" doc:"Who counsels the booking now"`
	}
}

func (s *Server) handOverRecords(ctx context.Context, actor model.Actor, in *handOverInput) (counsel.Handover, error) {
	return s.svc.Counsel.HandOverRecords(ctx, actor, in.ID.ID, in.Body.CounsellorID)
}

type feedbackInput struct {
	rest.IDInput
	Body struct {
		Helped model.Helped `json:"helped"`
		Text   string       `json:"text,omitempty" doc:"At most 1,000 characters, kept sealed: no counsellor or manager reads it, so whoever needs an answer should call"`
	}
}

func (s *Server) giveFeedback(ctx context.Context, actor model.Actor, in *feedbackInput) (counsel.Feedback, error) {
	return s.svc.Counsel.GiveFeedback(ctx, actor, in.ID.ID, in.Body.Helped, in.Body.Text)
}
