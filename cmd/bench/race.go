package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// racers is how many want each slot at the same moment.
const racers = 200

// teams is how many groups of families take turns: each family can book but
// its share of the slots.
const teams = 4

// race is for slot after slot of the first counsellor.
type race struct {
	side
	st *store.Store
	// try asks for a slot as the n-th family, from 0.
	try     func(n int, slot model.ID) (won bool, err error)
	raced   int
	doubles int // slots that nobody got or more than one, as answered
}

// bookings compares bookings of the whole stack, 200 racers a slot, with the
// same statements without HTTP, login, consent and alternatives.
func (c *county) bookings(ctx context.Context) {
	var connections [racers]connection
	for n := range racers {
		check(connections[n].dial(ctx, c.product.Addr()))
		defer connections[n].close()
	}
	product := newRace("product", c.journal.st, func(n int, slot model.ID) (bool, error) {
		res, err := connections[n%racers].do(appendBooking(nil, newPlayer(n+1), slot))
		if err == nil && res.status != http.StatusCreated && res.status != http.StatusConflict {
			err = fmt.Errorf("booking: %d %.300s", res.status, res.body)
		}
		return err == nil && res.status == http.StatusCreated, err
	})
	c.exec(ctx, "INSERT INTO baseline.slots SELECT * FROM slots")
	bare := newRace("baseline", c.baseline, func(n int, slot model.ID) (bool, error) {
		return bookBare(ctx, c.baseline, n+1, slot)
	})
	c.inTurns(&product.side, &bare.side)
	c.ratio("booking_race", atLeast(0.5), &product.side, &bare.side, fmt.Sprintf("doubles=%d", product.doubles))
	c.compare("bookings", func(t *tally) { product.verify(ctx, t) })
	c.compare("bookings_baseline", func(t *tally) { bare.verify(ctx, t) })
}

func newRace(name string, st *store.Store, try func(n int, slot model.ID) (bool, error)) *race {
	r := &race{st: st, try: try}
	r.side = side{name: name, format: perSecond, measure: r.round}
	return r
}

// round races for slot after slot and returns how many a second.
func (r *race) round() float64 {
	began, first := time.Now(), r.raced
	for time.Since(began) < roundTime && r.raced < slotsOfEach {
		var winners atomic.Int64
		var all errgroup.Group
		for n := range racers {
			all.Go(func() error {
				won, err := r.try(r.raced%teams*racers+n, slotID(0, r.raced))
				if won {
					winners.Add(1)
				}
				return err
			})
		}
		check(all.Wait())
		if winners.Load() != 1 {
			r.doubles++
		}
		r.raced++
	}
	return float64(r.raced-first) / time.Since(began).Seconds()
}

// verify makes sure that each raced slot has exactly one booking.
func (r *race) verify(ctx context.Context, t *tally) {
	t.acknowledged = r.raced
	type counts struct{ Slots, Bookings, Booked int }
	want := counts{r.raced, r.raced, r.raced}
	got := rows[counts](ctx, r.st, `SELECT COUNT(DISTINCT slot_id) AS slots, COUNT(*) AS bookings,
		(SELECT COUNT(*) FROM slots WHERE status = 'booked') AS booked FROM bookings`)[0]
	if got != want || r.doubles != 0 {
		check(fmt.Errorf("SQL has %+v, acknowledged %+v; %d slots had no winner or several", got, want, r.doubles))
	}
}

// bookBare does what the product's transaction does: it looks at the slot, and
// where that is free takes it and writes the booking, the times that it takes
// of both parties and of the room, and its two reminders.
func bookBare(ctx context.Context, st *store.Store, n int, id model.ID) (won bool, err error) {
	var slot model.Slot
	err = st.Pool().QueryRowContext(ctx, "SELECT status, starts_at, ends_at FROM slots WHERE id = ?", id).
		Scan(&slot.Status, &slot.StartsAt, &slot.EndsAt)
	if err != nil || slot.Status != model.SlotOpen {
		return false, err
	}
	key, now := id.String(), st.Now()
	booking := model.Booking{
		ID: id, SlotID: id, CounsellorID: counsellorID(0), RoomID: roomID, UnitID: countyID, Mode: model.CounselInPerson,
		StartsAt: slot.StartsAt, EndsAt: slot.EndsAt, AccountID: guardianID(n), AttendeeID: pupilID(n), PupilID: pupilID(n),
		Status: model.BookingBooked, RequestKey: &key, RequestSlotID: id, CreatedAt: now, UpdatedAt: now,
	}
	var times []model.PartyTime
	var roomTimes []model.RoomTime
	for at := slot.StartsAt; at.Before(slot.EndsAt); at = at.Add(model.BucketMinutes * time.Minute) {
		roomTimes = append(roomTimes, model.RoomTime{RoomID: roomID, At: at, Booth: 1, SlotID: id})
	}
	for _, bucket := range model.Buckets(slot.StartsAt, slot.EndsAt) {
		times = append(times, model.PartyTime{PartyID: booking.CounsellorID, Bucket: bucket, BookingID: id},
			model.PartyTime{PartyID: booking.AttendeeID, Bucket: bucket, BookingID: id})
	}
	reminder := model.OutboxMessage{
		CauseKind: "booking", CauseID: id, RecipientID: booking.AccountID, Payload: "{}",
		SendAfter: slot.StartsAt, CutoffAt: slot.StartsAt, Status: model.OutboxPending, CreatedAt: now,
	}
	reminders := []model.OutboxMessage{reminder, reminder}
	reminders[0].ID, reminders[0].Kind = 2*id, "day"
	reminders[1].ID, reminders[1].Kind = 2*id+1, "hour"
	err = st.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Exec("UPDATE slots SET status = ?, booking_id = id WHERE id = ? AND status = ? AND bookable_until > ?",
			model.SlotBooked, id, model.SlotOpen, now)
		if won = res.RowsAffected == 1; res.Error != nil || !won {
			return res.Error
		}
		return errors.Join(tx.Create(&booking).Error, tx.Create(times).Error, tx.Create(roomTimes).Error, tx.Create(reminders).Error)
	})
	return won && err == nil, err
}
