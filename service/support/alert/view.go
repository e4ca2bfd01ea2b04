package alert

import (
	"context"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// alertViews shows alerts that the actor may see: with the names of their
// units and, to duty officers, of the pupils. Managers see that there is an
// alert and whether it is answered, not about whom.
func (s *Service) alertViews(ctx context.Context, actor model.Actor, rows []alertRow) ([]Alert, error) {
	units := make([]model.ID, len(rows))
	pupils := make([]model.ID, len(rows))
	views := make([]Alert, len(rows))
	for i, r := range rows {
		views[i], units[i], pupils[i] = alertView(r), r.UnitID, r.PupilID
	}
	if len(rows) == 0 {
		return views, nil
	}
	db := s.store.Read(ctx)
	type named struct {
		ID          model.ID
		Name, Above string
	}
	var places, people []named
	err := db.Table("units AS u").Joins("LEFT JOIN units AS p ON p.id = u.parent_id").Where("u.id IN ?", units).
		Select("u.id, u.name, COALESCE(p.name, '') AS above").Scan(&places).Error
	if err != nil {
		return nil, store.Translate(err)
	}
	onDuty := store.Below("pupils.class_id", actor.UnitsAs(s.store.Now(), model.RoleDuty)).Scope
	if err := db.Table("pupils").Scopes(onDuty).Where("pupils.id IN ?", pupils).Select("pupils.id, pupils.name").Scan(&people).Error; err != nil {
		return nil, store.Translate(err)
	}
	place, name := map[model.ID]string{}, map[model.ID]string{}
	for _, p := range places {
		place[p.ID] = p.Above + p.Name
	}
	for _, p := range people {
		name[p.ID] = p.Name
	}
	for i := range views {
		views[i].UnitName, views[i].PupilName = place[views[i].UnitID], name[views[i].PupilID]
	}
	return views, nil
}
