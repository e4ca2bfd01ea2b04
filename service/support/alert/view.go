package alert

import (
	"context"
	"slices"
	"time"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// alertViews shows alerts with the names of their units, and of the pupils for
// whom the actor is on duty.
func (s *Service) alertViews(ctx context.Context, actor model.Actor, rows []model.Alert) ([]Alert, error) {
	now, db := s.store.Now(), s.store.Read(ctx)
	views := store.Each(rows, func(r model.Alert) Alert { return alertView(r, now) })
	units := store.Each(rows, func(r model.Alert) model.ID { return r.UnitID })
	pupils := store.Each(rows, func(r model.Alert) model.ID { return r.PupilID })
	sources := store.Each(rows, func(r model.Alert) model.ID { return r.SourceID })
	if len(rows) == 0 {
		return views, nil
	}
	places, err := unit.Names(db, units)
	if err != nil {
		return nil, err
	}
	names, err := family.Names(db, store.In("p.id", pupils), store.Below("p.class_id", actor.UnitsAs(now, model.RoleDuty)))
	if err != nil {
		return nil, err
	}
	marks, err := s.marks.Of(db, pupils)
	if err != nil {
		return nil, err
	}
	talks, err := s.talks(db, sources)
	if err != nil {
		return nil, err
	}
	reopened, err := reopenings(db, store.Each(rows, func(r model.Alert) model.ID { return r.ID }))
	if err != nil {
		return nil, err
	}
	steps, err := s.stepsOf(db, store.Each(rows, func(r model.Alert) model.ID { return r.ID }))
	if err != nil {
		return nil, err
	}
	people := slices.Concat(store.Each(rows, func(r model.Alert) model.ID { return r.AcknowledgedBy }), store.Each(rows, func(r model.Alert) model.ID { return r.HandedTo }))
	staff, err := s.accounts.Names(db, store.Distinct(people))
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		views[i].Holder, views[i].HandedTo = staff[r.AcknowledgedBy], staff[r.HandedTo]
		views[i].Reopened, views[i].Steps = reopened[r.ID], steps[r.ID]
		views[i].Late = views[i].Late || slices.ContainsFunc(views[i].Reopened, func(r Reopening) bool { return r.Late })
		place := places[views[i].UnitID]
		views[i].UnitName = place.Above + place.Name
		if views[i].PupilName = names[views[i].PupilID]; views[i].PupilName != "" {
			views[i].Mark = marks[views[i].PupilID]
		}
		if _, booked := talks[sources[i]]; booked {
			views[i].SourceID = sources[i]
		}
	}
	return views, nil
}

// blur leaves what a manager may know. Bookings and alerts are written at the
// same instant, and ids tell it: with either a manager could say which
// appointment belongs to whom.
func (a *Alert) blur() {
	a.ID, a.PupilID, a.PupilName, a.Mark, a.AccountID, a.SourceID, a.Steps, a.NextAt = 0, 0, "", "", 0, 0, nil, nil
	times := []*time.Time{&a.RaisedAt, &a.DueAt, a.AcknowledgedAt, a.RepeatedAt, a.ClosedAt, a.ReviewedAt}
	for i := range a.Reopened {
		times = append(times, &a.Reopened[i].AcknowledgedAt, &a.Reopened[i].ReopenedAt)
	}
	for _, at := range times {
		if at != nil {
			*at = model.DateOf(*at).Start().UTC()
		}
	}
}
