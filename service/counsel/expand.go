package counsel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/calendar"
	"xinyu/service/platform/store"
)

// ExpandSlots is the job that brings the slots of all counsellors in line with
// their rules: it opens what has come within the horizon and withdraws what no
// rule covers any more. Any number of replicas may run it at once; a second
// run changes nothing.
func (s *Service) ExpandSlots(ctx context.Context) error {
	return s.expandSome(ctx, s.store.Read(ctx).Model(&model.Counsellor{}))
}

// calendarWithin bounds what CalendarChanged does; the job does the rest.
const calendarWithin = 5 * time.Second

// CalendarChanged brings the slots of the county's counsellors in line with its
// calendar, as ExpandSlots would within minutes: whoever marks tomorrow as a
// holiday expects that nobody books it any more. What it can't do in time or at
// all is left to the job.
func (s *Service) CalendarChanged(ctx context.Context, county model.ID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), calendarWithin)
	defer cancel()
	rooms := s.store.Read(ctx).Model(&model.Room{}).Select("rooms.id").Where(store.Below("rooms.unit_id", []model.ID{county}))
	if err := s.expandSome(ctx, s.store.Read(ctx).Model(&model.Counsellor{}).Where("room_id IN (?)", rooms)); err != nil {
		slog.Warn("bring slots in line with a calendar", "err", err)
	}
}

// expandSome expands the slots of the counsellors of q.
func (s *Service) expandSome(ctx context.Context, q *gorm.DB) error {
	var ids []model.ID
	if err := q.Order("account_id").Pluck("account_id", &ids).Error; err != nil {
		return fmt.Errorf("list counsellors: %w", err)
	}
	var errs []error
	for _, id := range ids {
		if err := s.store.Tx(ctx, func(tx *gorm.DB) error { return s.expand(tx, id) }); err != nil {
			errs = append(errs, fmt.Errorf("expand slots of one counsellor: %w", err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// PostsChanged brings the slots of the account, where it is a counsellor's, in
// line with the roles that it holds now: nobody is to book with a counsellor
// who has gone.
func (s *Service) PostsChanged(tx *gorm.DB, account model.ID) error {
	is, err := store.Exists(tx.Model(&model.Counsellor{}).Where("account_id = ?", account))
	if err != nil || !is {
		return err
	}
	return s.expand(tx, account)
}

// expand brings one counsellor's slots in line with their rules.
func (s *Service) expand(tx *gorm.DB, counsellorID model.ID) error {
	c, err := s.lockCounsellor(tx, counsellorID)
	if err != nil {
		return err
	}
	now := s.store.Now()
	wanted, err := s.wantedSlots(tx, c, now)
	if err != nil {
		return err
	}
	have, err := slotsSince(tx, c.AccountID, now.Add(-longestPause))
	if err != nil {
		return err
	}
	want := store.Keyed(wanted, func(slot model.Slot) (int64, model.Slot) { return slot.StartsAt.UnixMilli(), slot })
	var freed []model.Slot // open now, and not before
	for _, slot := range have {
		if !slot.StartsAt.After(now) {
			continue // it has begun: what it keeps busy counts below
		}
		w, ok := want[slot.StartsAt.UnixMilli()]
		delete(want, slot.StartsAt.UnixMilli())
		if ok && overlapsTaken(w, have) {
			ok = false
		}
		if !ok {
			err = s.withdraw(tx, slot)
		} else if w.ID = slot.ID; slot.Status == model.SlotWithdrawn || slot.Status == model.SlotOpen && !samePlan(slot, w) {
			err = s.replan(tx, slot, w)
			if slot.Status == model.SlotWithdrawn {
				freed = append(freed, w)
			}
		}
		if err != nil {
			return err
		}
	}
	var fresh []model.Slot
	for _, w := range wanted {
		if _, missing := want[w.StartsAt.UnixMilli()]; missing && now.Before(w.BookableUntil) && !overlapsTaken(w, have) {
			w.ID = s.store.NewID()
			fresh = append(fresh, w)
		}
	}
	if len(fresh) > 0 {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&fresh, 200).Error; err != nil {
			return fmt.Errorf("open slots: %w", err)
		}
	}
	return s.offerOpened(tx, c, append(freed, fresh...))
}

// longestPause is how long after its start a slot can keep its counsellor busy, with its buffer.
const longestPause = 2 * model.MaxSlotMinutes * time.Minute

// slotsSince are the counsellor's slots that begin after from, in order, with the buffers of their rules.
func slotsSince(tx *gorm.DB, counsellorID model.ID, from time.Time) ([]model.Slot, error) {
	var slots []model.Slot
	if err := tx.Where("counsellor_id = ? AND starts_at > ?", counsellorID, from).Order("starts_at").Find(&slots).Error; err != nil {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	var rules []model.AvailabilityRule // also those that have ended
	if err := tx.Select("id", "buffer_minutes").Where("counsellor_id = ? AND buffer_minutes > 0", counsellorID).Find(&rules).Error; err != nil {
		return nil, fmt.Errorf("read buffers: %w", err)
	}
	buffers := store.Keyed(rules, func(r model.AvailabilityRule) (model.ID, int) { return r.ID, r.BufferMinutes })
	for i := range slots {
		slots[i].Buffer = time.Duration(buffers[slots[i].RuleID]) * time.Minute
	}
	return slots, nil
}

// wantedSlots are the slots from now to each rule's horizon that the rules
// open on the days of the county's calendar and no exception closes, in order. A counsellor without the role, or of
// a closed room, opens none.
func (s *Service) wantedSlots(tx *gorm.DB, c model.Counsellor, now time.Time) ([]model.Slot, error) {
	var room model.Room
	if err := tx.Where("id = ?", c.RoomID).Take(&room).Error; err != nil {
		return nil, fmt.Errorf("read the counsellor's room: %w", err)
	}
	granted, err := s.hasGrant(tx, c.AccountID, room.UnitID, now)
	if err != nil || !granted || room.ClosedAt != nil {
		return nil, err
	}
	rules, err := rulesOf(tx, c.AccountID)
	if err != nil {
		return nil, err
	}
	today := model.DateOf(now)
	exceptions, err := exceptionsOf(tx, c.AccountID, today.AddDays(-1))
	if err != nil {
		return nil, err
	}
	days, err := calendar.Of(tx, room.UnitID, today.AddDays(-1), today.AddDays(model.MaxHorizonDays+1))
	if err != nil {
		return nil, err
	}
	closed := func(slot model.Slot) bool {
		_, holiday := days.Holiday(model.DateOf(slot.StartsAt))
		return holiday || slices.ContainsFunc(exceptions, func(e model.AvailabilityException) bool { return e.Covers(slot) })
	}
	var wanted []model.Slot
	for _, rule := range rules {
		for n := -1; n <= rule.HorizonDays; n++ { // from yesterday on, whose night may not be over
			day := today.AddDays(n)
			if _, holiday := days.Holiday(day); !holiday {
				wanted = append(wanted, slices.DeleteFunc(rule.SlotsOn(day, days.Weekday(day)), closed)...)
			}
		}
	}
	return slices.DeleteFunc(apart(wanted), func(slot model.Slot) bool { return !slot.StartsAt.After(now) }), nil
}

// apart puts the slots in order and leaves out those that begin before another
// rule's slot, or the buffer after it, has ended.
func apart(slots []model.Slot) []model.Slot {
	slices.SortFunc(slots, func(a, b model.Slot) int { return a.StartsAt.Compare(b.StartsAt) })
	kept := slots[:0]
	for _, slot := range slots {
		if len(kept) == 0 || !slot.TooClose(kept[len(kept)-1]) {
			kept = append(kept, slot)
		}
	}
	return kept
}

// overlapsTaken reports whether another slot that someone has, or is offered, or
// the buffer after it, reaches into w or its buffer: such a slot stays from a rule
// that has changed since.
func overlapsTaken(w model.Slot, have []model.Slot) bool {
	return slices.ContainsFunc(have, func(o model.Slot) bool {
		return (o.Status == model.SlotBooked || o.Status == model.SlotHeld) && !o.StartsAt.Equal(w.StartsAt) && w.TooClose(o)
	})
}

func samePlan(a, b model.Slot) bool {
	return a.RuleID == b.RuleID && a.RoomID == b.RoomID && a.Mode == b.Mode && a.EndsAt.Equal(b.EndsAt) && a.BookableUntil.Equal(b.BookableUntil)
}

// withdraw closes a slot that nobody has; one on offer goes back from whom it
// was offered to, who waits on in the old place.
func (s *Service) withdraw(tx *gorm.DB, slot model.Slot) error {
	if slot.Status != model.SlotOpen && slot.Status != model.SlotHeld {
		return nil
	}
	res := tx.Model(&model.Slot{}).Where("id = ? AND status = ? AND held_for = ?", slot.ID, slot.Status, slot.HeldFor).
		Updates(map[string]any{"status": model.SlotWithdrawn, "held_for": 0, "held_until": nil})
	if res.Error != nil || res.RowsAffected == 0 || slot.HeldFor == 0 {
		return res.Error // with no row changed someone has just taken it
	}
	err := tx.Model(&model.WaitEntry{}).Where("id = ? AND status = ? AND slot_id = ?", slot.HeldFor, model.WaitOffered, slot.ID).
		Updates(map[string]any{"status": model.WaitWaiting, "slot_id": 0, "held_until": nil, "updated_at": s.store.Now()}).Error
	if err != nil {
		return err
	}
	if err := s.dropOffer(tx, slot.HeldFor); err != nil {
		return err
	}
	if err := vacateRoom(tx, slot.ID); err != nil {
		return err
	}
	return s.offerBeside(tx, slot.ID)
}

// replan opens the slot again, or gives an open one its rule's new settings.
func (s *Service) replan(tx *gorm.DB, slot, w model.Slot) error {
	return tx.Model(&model.Slot{}).Where("id = ? AND status = ?", slot.ID, slot.Status).Updates(map[string]any{
		"status": model.SlotOpen, "rule_id": w.RuleID, "room_id": w.RoomID, "mode": w.Mode, "ends_at": w.EndsAt, "bookable_until": w.BookableUntil,
	}).Error
}
