package counsel

import (
	"context"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// namePupils sets the pupil's name on the bookings that the actor counsels: whoever
// receives the pupil must know the name. Managers of the room are not told.
func (s *Service) namePupils(ctx context.Context, counselled map[model.ID]bool, views []Booking) error {
	var ids []model.ID
	for _, v := range views {
		if counselled[v.ID] && v.PupilID != 0 {
			ids = append(ids, v.PupilID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	db := s.store.Read(ctx)
	found, err := family.List(db, store.In("p.id", ids))
	if err != nil {
		return err
	}
	classes := store.Each(found, func(p model.Pupil) model.ID { return p.ClassID })
	names, err := unit.Names(db, classes)
	if err != nil {
		return err
	}
	marks, err := s.marks.Of(db, ids)
	if err != nil {
		return err
	}
	for _, p := range found {
		for i := range views {
			if views[i].PupilID == p.ID && counselled[views[i].ID] {
				views[i].PupilName, views[i].ClassName, views[i].Mark = p.Name, names[p.ClassID].Name, marks[p.ID]
			}
		}
	}
	return nil
}
