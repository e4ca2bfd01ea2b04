package main

import (
	"context"
	"database/sql"
	"fmt"
	"maps"

	"xinyu/model"
)

// journal compares what the phones had acknowledged with what is in SQL.
type journal struct {
	db      *sql.DB
	pupils  int
	watches []*watchers
	arrived []*arrivals
	bookers []*booker
}

// verify counts what was acknowledged, what of it is lost, and what is there
// more than once. A call without a response may have been done, once. Its error
// is a count that does not follow from the facts.
func (j *journal) verify(ctx context.Context) (tally, error) {
	var t tally
	for _, part := range []func(context.Context, *tally) error{j.reports, j.checkIns, j.bookings, j.counts} {
		if err := part(ctx, &t); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (j *journal) reports(ctx context.Context, t *tally) error {
	got := map[model.ID]position{}
	err := query(ctx, j.db, "SELECT watch_id, last_seq, watched_seconds FROM lesson_progress", func(scan func(...any) error) error {
		var watch int64
		var p position
		err := scan(&watch, &p.seq, &p.seconds)
		got[model.ID(watch)] = p
		return err
	})
	if err != nil {
		return err
	}
	for _, w := range j.watches {
		for i, p := range w.players {
			for lesson := 1; lesson <= min(p.lesson, lessons); lesson++ {
				want, is := p.inLesson(lesson), got[watchID(p.n, lesson)]
				t.acknowledged += int(want.seq)
				t.lost += int(max(0, want.seq-is.seq, (want.seconds-is.seconds)/reportSeconds))
				if w.unsure && i == w.turn && lesson == p.lesson {
					want.seq, want.seconds = want.seq+1, want.seconds+reportSeconds
				}
				t.doubled += int(max(0, is.seq-want.seq, (is.seconds-want.seconds)/reportSeconds))
			}
		}
	}
	return nil
}

func (j *journal) checkIns(ctx context.Context, t *tally) error {
	type key struct{ session, pupil int64 }
	got := map[key]int{}
	err := query(ctx, j.db, "SELECT session_id, pupil_id FROM check_ins", func(scan func(...any) error) error {
		var k key
		err := scan(&k.session, &k.pupil)
		got[k]++
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range j.arrived {
		for session := range sessions {
			for i, p := range a.pupils {
				n := got[key{int64(sessionID(session)), int64(pupilID(p.n))}]
				acked := session < a.session || session == a.session && i < a.turn
				open := a.unsure && session == a.session && i == a.turn
				switch {
				case acked:
					t.acknowledged++
					if n == 0 {
						t.lost++
					}
					t.doubled += max(0, n-1)
				case open:
					t.doubled += max(0, n-1)
				default:
					t.doubled += n
				}
			}
		}
	}
	return nil
}

func (j *journal) bookings(ctx context.Context, t *tally) error {
	bySlot := map[model.ID][]model.ID{}
	err := query(ctx, j.db, "SELECT id, slot_id FROM bookings WHERE status = 'booked'", func(scan func(...any) error) error {
		var id, slot int64
		err := scan(&id, &slot)
		bySlot[model.ID(slot)] = append(bySlot[model.ID(slot)], model.ID(id))
		return err
	})
	if err != nil {
		return err
	}
	held := map[model.ID]model.ID{}
	err = query(ctx, j.db, "SELECT id, booking_id FROM slots WHERE status = 'booked'", func(scan func(...any) error) error {
		var slot, booking int64
		err := scan(&slot, &booking)
		held[model.ID(slot)] = model.ID(booking)
		return err
	})
	if err != nil {
		return err
	}
	for _, b := range j.bookers {
		for slot, id := range b.got {
			t.acknowledged++
			if ids := bySlot[slot]; len(ids) == 0 || ids[0] != id {
				t.lost++
			}
		}
	}
	for slot, ids := range bySlot {
		t.doubled += len(ids) - 1
		if held[slot] != ids[0] {
			return fmt.Errorf("slot %s is held by booking %s, its booking is %s", slot, held[slot], ids[0])
		}
	}
	if len(held) != len(bySlot) {
		return fmt.Errorf("%d slots are booked, by %d bookings", len(held), len(bySlot))
	}
	return nil
}

// tallyRow is a class's count for one item.
type tallyRow struct {
	kind          string
	item, class   int64
	started, done int64
}

// counts compares the tallies, class by class, with the facts, and the facts with their causes.
func (j *journal) counts(ctx context.Context, _ *tally) error {
	read := func(text string) (map[tallyRow]bool, error) {
		rows := map[tallyRow]bool{}
		err := query(ctx, j.db, text, func(scan func(...any) error) error {
			var r tallyRow
			err := scan(&r.kind, &r.item, &r.class, &r.started, &r.done)
			rows[r] = true
			return err
		})
		return rows, err
	}
	tallies, err := read("SELECT item_kind, item_id, class_id, started, covered FROM coverage_tallies WHERE started > 0")
	if err != nil {
		return err
	}
	facts, err := read(`SELECT f.item_kind, f.item_id, p.class_id, COUNT(*), COUNT(f.covered_at) FROM coverage_facts AS f
		JOIN pupils AS p ON p.id = f.pupil_id GROUP BY f.item_kind, f.item_id, p.class_id`)
	if err != nil {
		return err
	}
	if !maps.Equal(tallies, facts) {
		return fmt.Errorf("the tallies differ from the facts: %d and %d rows", len(tallies), len(facts))
	}
	causes, err := read(`SELECT 'lesson', x.lesson_id, p.class_id, COUNT(x.started_at), COUNT(x.completed_at) FROM lesson_progress AS x
			JOIN pupils AS p ON p.id = x.viewer_id WHERE x.started_at IS NOT NULL GROUP BY x.lesson_id, p.class_id
		UNION ALL SELECT 'lecture', s.lecture_id, p.class_id, COUNT(*), COUNT(*) FROM check_ins AS c JOIN lecture_sessions AS s ON s.id = c.session_id
			JOIN pupils AS p ON p.id = c.pupil_id GROUP BY s.lecture_id, p.class_id`)
	if err != nil {
		return err
	}
	if !maps.Equal(causes, facts) {
		return fmt.Errorf("the facts differ from what they follow from: %d and %d rows", len(facts), len(causes))
	}
	return nil
}

// query calls row for each row.
func query(ctx context.Context, db *sql.DB, text string, row func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
