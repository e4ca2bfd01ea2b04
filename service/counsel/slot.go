package counsel

import (
	"context"
	"fmt"
	"slices"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Slot is a free stretch of a counsellor's time.
type Slot struct {
	ID           model.ID          `json:"id"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	CounsellorID model.ID          `json:"counsellorId"`
	RoomID       model.ID          `json:"roomId"`
	Mode         model.CounselMode `json:"mode"`
}

// SlotsIn says which free slots to list; zero ids mean any counsellor and any room.
type SlotsIn struct {
	From         time.Time     `query:"from" doc:"Absent: now"`
	To           time.Time     `query:"to" doc:"Exclusive; absent: two weeks after from"`
	CounsellorID store.IDParam `query:"counsellorId"`
	RoomID       store.IDParam `query:"roomId"`
	store.PageRequest
}

var slotsByStart = store.Ascending(func(s model.Slot) store.Keys { return store.Keys{s.StartsAt, s.ID} }, "slots.starts_at", "slots.id")

// usualSlotDays is how far a list of slots looks when it is not told.
const usualSlotDays = 14

func slotView(s model.Slot) Slot {
	return Slot{ID: s.ID, StartsAt: s.StartsAt.UTC(), EndsAt: s.EndsAt.UTC(), CounsellorID: s.CounsellorID, RoomID: s.RoomID, Mode: s.Mode}
}

// free keeps the slots that anyone can book at now; model.Slot.Free says the same of a row.
func free(now time.Time) store.Cond {
	return store.Where("(slots.status = ? OR slots.status = ? AND slots.held_until <= ?) AND slots.bookable_until > ?",
		model.SlotOpen, model.SlotHeld, now, now)
}

// Slots lists the slots that can be booked now, in the rooms that the actor can see.
func (s *Service) Slots(ctx context.Context, actor model.Actor, in SlotsIn) (store.Page[Slot], error) {
	now := s.store.Now()
	from := model.Instant(in.From)
	if from.Before(now) {
		from = now
	}
	to := model.Instant(in.To)
	if in.To.IsZero() {
		to = from.AddDate(0, 0, usualSlotDays)
	}
	rooms := s.store.Read(ctx).Model(&model.Room{}).Select("rooms.id").Where(s.roomsVisibleTo(actor)).Where("rooms.closed_at IS NULL")
	q := s.store.Read(ctx).Where(store.All(free(now), hasSpace(), store.When(in.CounsellorID.ID != 0, "slots.counsellor_id = ?", in.CounsellorID.ID),
		store.When(in.RoomID.ID != 0, "slots.room_id = ?", in.RoomID.ID))).Where("slots.starts_at >= ? AND slots.starts_at < ? AND slots.room_id IN (?)", from, to, rooms)
	rows, next, err := slotsByStart.Read(q, in.PageRequest)
	return store.PageOf(rows, next, slotView), err
}

// placedSlot is a slot with the unit of its room.
type placedSlot struct {
	model.Slot `gorm:"embedded"`
	UnitID     model.ID
	// TalksAtOnce is how many talks in person the room has space for.
	TalksAtOnce int
}

// visibleSlot reads a slot of an open room that the actor can see, whatever its state.
func (s *Service) visibleSlot(ctx context.Context, actor model.Actor, id model.ID) (placedSlot, error) {
	var slot placedSlot
	err := s.store.Read(ctx).Table("slots").Select("slots.*, rooms.unit_id, rooms.talks_at_once").Joins("JOIN rooms ON rooms.id = slots.room_id").
		Where(s.roomsVisibleTo(actor)).Where("slots.id = ? AND rooms.closed_at IS NULL", id).Take(&slot).Error
	return slot, store.Found(err, "slot")
}

// alternativeCount is how many free slots are named to someone whose slot was taken.
const alternativeCount = 6

// alternatives are the free slots nearest to the one that was just taken:
// those of its counsellor first, then others of its room. They are a hint and
// may be taken too by the time they are read, so that the many who lose one
// slot at the same moment share one query.
func (s *Service) alternatives(ctx context.Context, slot model.Slot) ([]Slot, error) {
	shared := s.nearby.DoChan(slot.ID.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		list, err := s.nearest(ctx, slot, "slots.counsellor_id = ? AND slots.room_id = ?", slot.CounsellorID, slot.RoomID)
		if err != nil || len(list) >= alternativeCount {
			return list, err
		}
		others, err := s.nearest(ctx, slot, "slots.counsellor_id <> ? AND slots.room_id = ?", slot.CounsellorID, slot.RoomID)
		list = append(list, others...)
		return list[:min(len(list), alternativeCount)], err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case res := <-shared:
		if res.Err != nil {
			return nil, fmt.Errorf("look for free slots nearby: %w", res.Err)
		}
		return res.Val.([]Slot), nil
	}
}

// nearest are up to alternativeCount free slots that meet the condition, nearest to slot first. Never nil.
func (s *Service) nearest(ctx context.Context, slot model.Slot, condition string, args ...any) ([]Slot, error) {
	var rows []model.Slot
	for _, side := range []struct{ where, order string }{
		{"slots.starts_at >= ?", "slots.starts_at"},
		{"slots.starts_at < ?", "slots.starts_at DESC"},
	} {
		var part []model.Slot
		err := s.store.Read(ctx).Where(store.All(free(s.store.Now()), hasSpace())).Where(condition, args...).Where(side.where, slot.StartsAt).
			Order(side.order).Limit(alternativeCount).Find(&part).Error
		if err != nil {
			return nil, err
		}
		rows = append(rows, part...)
	}
	distance := func(r model.Slot) time.Duration { return r.StartsAt.Sub(slot.StartsAt).Abs() }
	slices.SortStableFunc(rows, func(a, b model.Slot) int { return int(distance(a)/time.Second) - int(distance(b)/time.Second) })
	rows = rows[:min(len(rows), alternativeCount)]
	return store.Each(rows, slotView), nil
}
