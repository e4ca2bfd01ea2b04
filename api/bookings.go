package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/platform/store"
)

// bookInput leaves it to the service to refuse a missing slot or an overlong
// text: the answer to the safety question must be read before anything is refused.
type bookInput struct {
	rest.RequestKey
	Body struct {
		SlotID  rest.LenientID   `json:"slotId,omitempty"`
		PupilID rest.LenientID   `json:"pupilId,omitempty" doc:"The caller's child or, for staff, a pupil of their units; absent: the caller"`
		Concern rest.LenientText `json:"concern,omitempty" doc:"At most 2,000 characters; read by the counsellor only"`
		Safety  safety           `json:"safety"`
		_       struct{}         `additionalProperties:"true"` // an answer to the safety question is never refused for what stands beside it
	}
}

func (s *Server) book(ctx context.Context, actor model.Actor, in *bookInput) (counsel.Booking, error) {
	return s.svc.Counsel.Book(ctx, actor, counsel.BookIn{
		SlotID: in.Body.SlotID.ID, PupilID: in.Body.PupilID.ID, Concern: string(in.Body.Concern), SelfHarm: selfHarm(ctx, in.Body.Safety), RequestKey: in.Key,
	})
}

type listBookingsInput struct {
	From   time.Time           `query:"from" doc:"By the talk's start"`
	To     time.Time           `query:"to" doc:"Exclusive"`
	Status model.BookingStatus `query:"status"`
	store.PageRequest
}

func (s *Server) listBookings(ctx context.Context, actor model.Actor, in *listBookingsInput) (store.Page[counsel.Booking], error) {
	return s.svc.Counsel.Bookings(ctx, actor, counsel.BookingsIn{From: in.From, To: in.To, Status: in.Status, PageRequest: in.PageRequest})
}

func (s *Server) getBooking(ctx context.Context, actor model.Actor, in *rest.IDInput) (counsel.Booking, error) {
	return s.svc.Counsel.Booking(ctx, actor, in.ID.ID)
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

func (s *Server) completeBooking(ctx context.Context, actor model.Actor, in *rest.IDInput) (counsel.Booking, error) {
	return s.svc.Counsel.Complete(ctx, actor, in.ID.ID)
}

func (s *Server) noShowBooking(ctx context.Context, actor model.Actor, in *rest.IDInput) (counsel.Booking, error) {
	return s.svc.Counsel.NoShow(ctx, actor, in.ID.ID)
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

func (s *Server) listRecords(ctx context.Context, actor model.Actor, in *rest.IDInput) (rest.List[counsel.Record], error) {
	return rest.ListOf(s.svc.Counsel.Records(ctx, actor, in.ID.ID))
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

func (s *Server) roomFeedback(ctx context.Context, actor model.Actor, in *rest.IDInput) (counsel.FeedbackCounts, error) {
	return s.svc.Counsel.Feedback(ctx, actor, in.ID.ID)
}
