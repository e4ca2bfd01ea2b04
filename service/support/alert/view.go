package alert

import (
	"context"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// alertViews shows alerts that the actor may see, with the names of their units
// and, to duty officers of these, about whom they are: the pupil, the account and
// the booking. Managers see that there is an alert and whether it is acknowledged.
func (s *Service) alertViews(ctx context.Context, actor model.Actor, rows []model.Alert) ([]Alert, error) {
	views := store.Each(rows, alertView)
	units := store.Each(rows, func(r model.Alert) model.ID { return r.UnitID })
	pupils := store.Each(rows, func(r model.Alert) model.ID { return r.PupilID })
	sources := store.Each(rows, func(r model.Alert) model.ID { return r.SourceID })
	if len(rows) == 0 {
		return views, nil
	}
	db := s.store.Read(ctx)
	places, err := unit.Names(db, units)
	if err != nil {
		return nil, err
	}
	onDuty := actor.UnitsAs(s.store.Now(), model.RoleDuty)
	theirs, err := store.AmongBelow(db, units, onDuty)
	if err != nil {
		return nil, err
	}
	names, err := family.Names(db, store.In("p.id", pupils), store.Below("p.class_id", onDuty))
	if err != nil {
		return nil, err
	}
	booked, err := s.booked(db, sources)
	if err != nil {
		return nil, err
	}
	for i := range views {
		place := places[views[i].UnitID]
		views[i].UnitName = place.Above + place.Name
		if !theirs[views[i].UnitID] {
			views[i].PupilID, views[i].AccountID = 0, 0
			continue
		}
		views[i].PupilName = names[views[i].PupilID]
		if booked[sources[i]] {
			views[i].SourceID = sources[i]
		}
	}
	return views, nil
}
