package service

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/lecture"
	"xinyu/service/lesson"
)

// Overview is the first page: what the caller's family owes and what comes next.
type Overview struct {
	Term     model.Term                   `json:"term" doc:"This half-year, of which the dues are"`
	Now      time.Time                    `json:"now" doc:"The server's clock"`
	People   []PersonOverview             `json:"people" doc:"The caller as a guardian, then each child; for a pupil's account itself"`
	Sessions Counted[lecture.Session]     `json:"sessions" doc:"Open or to come, by start, that would cover someone or at which someone is checked in"`
	Bookings Counted[counsel.NextBooking] `json:"bookings" doc:"Talks to come"`
	Offers   Counted[counsel.NextOffer]   `json:"offers" doc:"Slots held for the caller from the wait-list, the soonest to lapse first"`
	Waiting  int                          `json:"waiting" doc:"Places on the wait-list to which nothing is offered yet"`
}

// PersonOverview is what one person owes.
type PersonOverview struct {
	lesson.Person
	Lessons  lesson.Dues  `json:"lessons"`
	Lectures lecture.Dues `json:"lectures"`
}

// Counted is the first ten of a list, and how many there are.
type Counted[T any] struct {
	Count int `json:"count" doc:"Of all; the items are the first ten"`
	Items []T `json:"items"`
}

func countedOf[T any](count int, items []T) Counted[T] {
	if items == nil {
		items = []T{}
	}
	return Counted[T]{Count: count, Items: items}
}

// Overview joins what three domains say, so that a phone with a poor signal
// shows its first page after one request.
func (s *Services) Overview(ctx context.Context, actor model.Actor) (Overview, error) {
	now := s.Store.Now()
	people, err := s.Lesson.Overview(ctx, actor)
	if err != nil {
		return Overview{}, err
	}
	lectures, err := s.Lecture.Overview(ctx, actor)
	if err != nil {
		return Overview{}, err
	}
	talks, err := s.Counsel.Overview(ctx, actor)
	if err != nil {
		return Overview{}, err
	}
	out := Overview{
		Term: model.TermOf(now), Now: now, People: make([]PersonOverview, len(people)),
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
		out.People[i] = PersonOverview{Person: p.Person, Lessons: p.Dues, Lectures: dues}
	}
	return out, nil
}
