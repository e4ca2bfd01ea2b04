package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"xinyu/model"
)

// racers is how many want each slot at the same moment.
const racers = 200

// The counsellors whose slots each side races for. The racers of both sides are
// different families, as nobody can be at two talks at once.
const (
	productCounsellor = 0
	bareCounsellor    = 1
)

// contest is one side of the race: try asks for a slot as the i-th racer.
type contest struct {
	counsellor int
	slot       int // the next one
	try        func(ctx context.Context, i int, slot model.ID) (won bool, err error)
	rates      []float64 // bookings a second, by round
	doubles    int       // slots that nobody got or more than one, as answered
}

// measureBookings compares bookings of the whole stack, 200 racers a slot, with
// the same statements without HTTP, login, consent and alternatives.
func measureBookings(ctx context.Context, c *county) error {
	wires := make([]*wire, racers)
	players := make([]*player, racers)
	for i := range wires {
		var err error
		if wires[i], err = dial(ctx, c.product.addr); err != nil {
			return err
		}
		defer wires[i].close() //nolint:errcheck // nothing is on its way any more
		players[i] = newPlayer(i + 1)
	}
	product := &contest{counsellor: productCounsellor, try: func(_ context.Context, i int, slot model.ID) (bool, error) {
		status, body, err := wires[i].do(appendBooking(nil, players[i], slot))
		if err == nil && status != http.StatusCreated && status != http.StatusConflict {
			err = fmt.Errorf("booking: %d %.300s", status, body)
		}
		return status == http.StatusCreated, err
	}}
	pool, err := c.open(productDB)
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(baselineConns)
	pool.SetMaxIdleConns(baselineConns)
	_, err = pool.ExecContext(ctx, `CREATE TABLE baseline.bare_reminders (booking_id BIGINT NOT NULL, kind VARCHAR(32) NOT NULL,
		recipient_id BIGINT NOT NULL, payload TEXT NOT NULL, send_after DATETIME(3) NOT NULL, PRIMARY KEY (booking_id, kind, recipient_id))`)
	if err != nil {
		return err
	}
	bare := &contest{counsellor: bareCounsellor, try: func(ctx context.Context, i int, slot model.ID) (bool, error) {
		return bookBare(ctx, pool, racers+i+1, slot)
	}}
	for range c.opts.rounds {
		for _, side := range []*contest{product, bare} {
			if err := side.round(ctx); err != nil {
				return err
			}
		}
	}
	c.print.figure("booking_race", "ratio", atLeast(0.5), ratios(product.rates, bare.rates),
		perSecond("product", product.rates), perSecond("baseline", bare.rates), fmt.Sprintf("doubles=%d", product.doubles))
	c.print.check("bookings", compareRace(ctx, c, product), fmt.Sprintf("acknowledged=%d", product.slot))
	c.print.check("bookings_baseline", compareRace(ctx, c, bare), fmt.Sprintf("acknowledged=%d", bare.slot))
	return nil
}

// round races for slot after slot.
func (r *contest) round(ctx context.Context) error {
	began, first := time.Now(), r.slot
	for time.Since(began) < roundTime && r.slot < slotsOfEach {
		slot := slotID(r.counsellor, r.slot)
		var winners atomic.Int64
		failures := make([]error, racers)
		var all sync.WaitGroup
		for i := range racers {
			all.Go(func() {
				won, err := r.try(ctx, i, slot)
				failures[i] = err
				if won {
					winners.Add(1)
				}
			})
		}
		all.Wait()
		if err := errors.Join(failures...); err != nil {
			return err
		}
		if winners.Load() != 1 {
			r.doubles++
		}
		r.slot++
	}
	r.rates = append(r.rates, float64(r.slot-first)/time.Since(began).Seconds())
	return nil
}

// bookBare does what the product's transaction does: it looks at the slot, and
// where that is free takes it and writes the booking, the times that it takes
// of both parties and its two reminders.
func bookBare(ctx context.Context, pool *sql.DB, n int, slot model.ID) (won bool, err error) {
	var status string
	var starts, ends time.Time
	err = pool.QueryRowContext(ctx, "SELECT status, starts_at, ends_at FROM slots WHERE id = ?", int64(slot)).Scan(&status, &starts, &ends)
	if err != nil || status != string(model.SlotOpen) {
		return false, err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	id, now := int64(slot), time.Now().UTC()
	res, err := tx.ExecContext(ctx, "UPDATE slots SET status = ?, booking_id = ? WHERE id = ? AND status = ? AND bookable_until > ?",
		string(model.SlotBooked), id, id, string(model.SlotOpen), now)
	if err != nil {
		return false, errors.Join(err, tx.Rollback())
	}
	if taken, err := res.RowsAffected(); err != nil || taken == 0 {
		return false, errors.Join(err, tx.Rollback())
	}
	run := func(text string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, text, args...)
		}
	}
	run(`INSERT INTO bookings (id, slot_id, counsellor_id, room_id, unit_id, mode, starts_at, ends_at, account_id, attendee_id, pupil_id, self_harm,
		status, request_key, request_slot_id, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,FALSE,?,?,?,?,?)`,
		id, id, int64(counsellorID(bareCounsellor)), int64(roomID), int64(countyID), string(model.CounselInPerson), starts, ends,
		int64(guardianID(n)), int64(pupilID(n)), int64(pupilID(n)), string(model.BookingBooked), slot.String(), id, now, now)
	for _, party := range []model.ID{counsellorID(bareCounsellor), pupilID(n)} {
		text, args := "INSERT INTO party_times (party_id, bucket, booking_id) VALUES ", []any{}
		for i, bucket := range model.Buckets(starts, ends) {
			if i > 0 {
				text += ","
			}
			text += "(?,?,?)"
			args = append(args, int64(party), bucket, id)
		}
		run(text, args...)
	}
	for _, kind := range []string{"bare_24h", "bare_1h"} {
		run(`INSERT INTO baseline.bare_reminders (booking_id, kind, recipient_id, payload, send_after) VALUES (?,?,?,?,?)`, id, kind, int64(guardianID(n)), "{}", starts)
	}
	if err != nil {
		return false, errors.Join(err, tx.Rollback())
	}
	return true, tx.Commit()
}

// compareRace makes sure that each raced slot has exactly one booking.
func compareRace(ctx context.Context, c *county, r *contest) error {
	var slots, bookings, booked int
	err := c.sql.QueryRowContext(ctx, `SELECT COUNT(DISTINCT slot_id), COUNT(*),
		(SELECT COUNT(*) FROM slots WHERE counsellor_id = ? AND status = 'booked') FROM bookings WHERE counsellor_id = ?`,
		int64(counsellorID(r.counsellor)), int64(counsellorID(r.counsellor))).Scan(&slots, &bookings, &booked)
	if err != nil {
		return err
	}
	if slots != r.slot || bookings != r.slot || booked != r.slot || r.doubles != 0 {
		return fmt.Errorf("%d slots raced for: %d bookings of %d slots, %d slots booked, %d with another number of winners than one", r.slot, bookings, slots, booked, r.doubles)
	}
	return nil
}
