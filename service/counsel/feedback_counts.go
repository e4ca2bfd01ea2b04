package counsel

import (
	"context"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// FeedbackCounts are the counts of a room's feedback. A count that
// is absent is too small to be shown, or would give such a one away.
type FeedbackCounts struct {
	Total  *int `json:"total,omitempty" doc:"In whole fives, so that no new one can be told from the difference; absent below five"`
	Yes    *int `json:"yes,omitempty" doc:"Of the total; absent where it is too small to show, or would give away another that is"`
	Partly *int `json:"partly,omitempty"`
	No     *int `json:"no,omitempty"`
}

// Feedback counts the feedback on the bookings of a room that the actor manages.
// Only whole fives count, in the order in which they came: who looks before
// and after one booking must not learn from the difference what its person said.
func (s *Service) Feedback(ctx context.Context, actor model.Actor, roomID model.ID) (FeedbackCounts, error) {
	db := s.store.Read(ctx)
	var room model.Room
	err := db.Where(s.managedBy(actor, "rooms.unit_id")).Take(&room, "rooms.id = ?", roomID).Error
	if err != nil {
		return FeedbackCounts{}, store.Found(err, "room")
	}
	var all int64
	if err := db.Model(&model.BookingFeedback{}).Where("room_id = ?", roomID).Count(&all).Error; err != nil {
		return FeedbackCounts{}, err
	}
	total := int(all) - int(all)%model.MinShown
	if total == 0 {
		return FeedbackCounts{}, nil
	}
	var rows []struct {
		Helped model.Helped
		N      int
	}
	first := db.Model(&model.BookingFeedback{}).Select("helped").Where("room_id = ?", roomID).Order("created_at, booking_id").Limit(total)
	if err := db.Table("(?) AS f", first).Select("f.helped, COUNT(*) AS n").Group("f.helped").Scan(&rows).Error; err != nil {
		return FeedbackCounts{}, err
	}
	by := map[model.Helped]int{}
	for _, r := range rows {
		by[r.Helped] = r.N
	}
	shown := model.Suppress([]int{by[model.HelpedYes], by[model.HelpedPartly], by[model.HelpedNo]})
	return FeedbackCounts{Total: &total, Yes: shown[0], Partly: shown[1], No: shown[2]}, nil
}
