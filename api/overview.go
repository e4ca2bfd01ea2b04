package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/lecture"
	"xinyu/service/lesson"
)

// overview is the first page: what the caller's family owes and what comes next.
type overview struct {
	Term     model.Term                   `json:"term" doc:"This half-year, of which the dues are"`
	Now      time.Time                    `json:"now" doc:"The server's clock"`
	People   []personOverview             `json:"people" doc:"The caller as a guardian, then each child; for a pupil's account itself"`
	Sessions counted[lecture.Session]     `json:"sessions" doc:"Open or to come, by start, that would cover someone or at which someone is checked in"`
	Bookings counted[counsel.NextBooking] `json:"bookings" doc:"Talks to come"`
	Offers   counted[counsel.NextOffer]   `json:"offers" doc:"Slots held for the caller from the wait-list, the soonest to lapse first"`
	Waiting  int                          `json:"waiting" doc:"Places on the wait-list to which nothing is offered yet"`
}

// personOverview is what one person owes.
type personOverview struct {
	lesson.Person
	Lessons  lesson.Dues  `json:"lessons"`
	Lectures lecture.Dues `json:"lectures"`
}

// counted is the first ten of a list, and how many there are.
type counted[T any] struct {
	Count int `json:"count" doc:"Of all; the items are the first ten"`
	Items []T `json:"items"`
}

func countedOf[T any](count int, items []T) counted[T] {
	if items == nil {
		items = []T{}
	}
	return counted[T]{Count: count, Items: items}
}

// overview joins what three domains say, so that a phone with a poor signal
// shows its first page after one request.
func (s *Server) overview(ctx context.Context, actor model.Actor, _ *rest.NoInput) (overview, error) {
	now := s.now()
	people, err := s.svc.Lesson.Overview(ctx, actor)
	if err != nil {
		return overview{}, err
	}
	lectures, err := s.svc.Lecture.Overview(ctx, actor)
	if err != nil {
		return overview{}, err
	}
	talks, err := s.svc.Counsel.Overview(ctx, actor)
	if err != nil {
		return overview{}, err
	}
	out := overview{
		Term: model.TermOf(now), Now: now, People: make([]personOverview, len(people)),
		Sessions: countedOf(lectures.SessionCount, lectures.Sessions),
		Bookings: countedOf(talks.BookingCount, talks.Bookings),
		Offers:   countedOf(talks.OfferCount, talks.Offers),
		Waiting:  talks.WaitingCount,
	}
	for i, p := range people {
		dues, ok := lectures.Dues[p.Person.PupilID]
		if !ok { // a child bound between the two looks
			dues.Items = []lecture.Due{}
		}
		out.People[i] = personOverview{Person: p.Person, Lessons: p.Dues, Lectures: dues}
	}
	return out, nil
}
