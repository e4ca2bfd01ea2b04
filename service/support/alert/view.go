package alert

import (
	"context"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// alertViews shows alerts that the actor may see: with the names of their
// units, the bookings that they came with and, to duty officers, the names of the pupils. Managers see that there is an
// alert and whether it is acknowledged, not about whom.
func (s *Service) alertViews(ctx context.Context, actor model.Actor, rows []model.Alert) ([]Alert, error) {
	units := make([]model.ID, len(rows))
	pupils := make([]model.ID, len(rows))
	sources := make([]model.ID, len(rows))
	views := make([]Alert, len(rows))
	for i, r := range rows {
		views[i], units[i], pupils[i], sources[i] = alertView(r), r.UnitID, r.PupilID, r.SourceID
	}
	if len(rows) == 0 {
		return views, nil
	}
	db := s.store.Read(ctx)
	places, err := unit.Names(db, units)
	if err != nil {
		return nil, err
	}
	names, err := family.Names(db, store.In("p.id", pupils), store.Below("p.class_id", actor.UnitsAs(s.store.Now(), model.RoleDuty)))
	if err != nil {
		return nil, err
	}
	booked, err := s.booked(db, sources)
	if err != nil {
		return nil, err
	}
	for i := range views {
		if booked[sources[i]] {
			views[i].SourceID = sources[i]
		}
		place := places[views[i].UnitID]
		views[i].UnitName, views[i].PupilName = place.Above+place.Name, names[views[i].PupilID]
	}
	return views, nil
}
