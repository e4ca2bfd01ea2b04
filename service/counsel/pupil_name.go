package counsel

import (
	"context"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// namePupils sets the pupil's name on the bookings that the actor counsels: whoever
// receives the pupil must know the name. Managers of the room are not told.
func (s *Service) namePupils(ctx context.Context, actor model.Actor, rows []model.Booking, views []Booking) error {
	if !actor.Has(s.store.Now(), model.RoleCounsellor) {
		return nil
	}
	var ids []model.ID
	for _, b := range rows {
		if b.CounsellorID == actor.AccountID && b.PupilID != 0 {
			ids = append(ids, b.PupilID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var found []struct {
		ID              model.ID
		Name, ClassName string
	}
	err := s.store.Read(ctx).Table("pupils").Joins("JOIN units AS u ON u.id = pupils.class_id").Where("pupils.id IN ?", ids).
		Select("pupils.id, pupils.name, u.name AS class_name").Scan(&found).Error
	if err != nil {
		return store.Translate(err)
	}
	for _, p := range found {
		for i := range views {
			if views[i].PupilID == p.ID && rows[i].CounsellorID == actor.AccountID {
				views[i].PupilName, views[i].ClassName = p.Name, p.ClassName
			}
		}
	}
	return nil
}
