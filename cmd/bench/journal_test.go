package main

import (
	"database/sql"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// TestJournalTellsLostFromDoubled seeds a county on both databases, writes what
// two phones had acknowledged, and then spoils it in each way that a fault could.
func TestJournalTellsLostFromDoubled(t *testing.T) {
	t.Parallel()
	const people = 40
	slot, booking := slotID(0, 0), int64(77)
	for name, c := range map[string]struct {
		spoil []string
		want  tally
		wrong string // part of the error
	}{
		"all is there":           {want: tally{acknowledged: 2}},
		"a report is lost":       {spoil: []string{"UPDATE lesson_progress SET last_seq = 0, watched_seconds = 15 WHERE viewer_id = 10000001 AND lesson_id = 1"}, want: tally{2, 1, 0}},
		"seconds are lost":       {spoil: []string{"UPDATE lesson_progress SET watched_seconds = 15 WHERE viewer_id = 10000001 AND lesson_id = 1"}, want: tally{2, 1, 0}},
		"a report counted twice": {spoil: []string{"UPDATE lesson_progress SET watched_seconds = 45 WHERE viewer_id = 10000001 AND lesson_id = 1"}, want: tally{2, 0, 1}},
		"a booking is lost":      {spoil: []string{"DELETE FROM bookings", "UPDATE slots SET status = 'open', booking_id = 0"}, want: tally{2, 1, 0}},
		"a slot booked twice": {spoil: []string{"INSERT INTO bookings SELECT 78, slot_id, counsellor_id, room_id, unit_id, mode, starts_at, ends_at, account_id, attendee_id, pupil_id, concern, self_harm, status, cancel_reason, request_key, request_slot_id, version, created_at, updated_at FROM bookings"},
			want: tally{2, 0, 1}},
		"a check-in nobody made":        {spoil: []string{"INSERT INTO check_ins (id, session_id, pupil_id, side, account_id, mode, at, received_at, late) VALUES (1, 800, 10000001, 'pupil', 1, 'scan', '2026-01-01', '2026-01-01', FALSE)"}, want: tally{2, 0, 1}, wrong: "facts differ"},
		"a late check-in covers nobody": {spoil: []string{"INSERT INTO check_ins (id, session_id, pupil_id, side, account_id, mode, at, received_at, late) VALUES (1, 800, 10000001, 'pupil', 1, 'scan', '2026-01-01', '2026-01-01', TRUE)"}, want: tally{2, 0, 1}},
		"a tally counts too many":       {spoil: []string{"UPDATE coverage_tallies SET started = started + 1 WHERE class_id = 10001"}, want: tally{acknowledged: 2}, wrong: "tallies differ"},
		"a slot without its booking":    {spoil: []string{"UPDATE slots SET status = 'booked', booking_id = 5 WHERE id = 5000001"}, want: tally{acknowledged: 2}, wrong: "slots are booked"},
	} {
		t.Run(name, func(t *testing.T) {
			judge := func(t *testing.T, st *store.Store) {
				db := st.Pool()
				require.NoError(t, catch(func() { seedCounty(t.Context(), st, people) }))
				w := &reporter{turns{players: []*player{newPlayer(1)}}}
				w.players[0].acknowledged()
				execute(t, db, "UPDATE lesson_progress SET last_seq = 1, watched_seconds = 30 WHERE viewer_id = 10000001 AND lesson_id = 1")
				execute(t, db, `INSERT INTO bookings (id, slot_id, counsellor_id, room_id, unit_id, mode, starts_at, ends_at, account_id, attendee_id, pupil_id, self_harm,
					status, request_slot_id, created_at, updated_at) SELECT ?, id, counsellor_id, room_id, 1, mode, starts_at, ends_at, 1, 1, 1, FALSE, 'booked', id, starts_at, starts_at
					FROM slots WHERE id = ?`, booking, int64(slot))
				execute(t, db, "UPDATE slots SET status = 'booked', booking_id = ? WHERE id = ?", booking, int64(slot))
				for _, text := range c.spoil {
					execute(t, db, text)
				}
				j := &journal{st: st, reporters: []*reporter{w}, attendees: []*attendee{{turns: turns{players: []*player{newPlayer(1)}}}},
					bookers: []*booker{{got: map[model.ID]model.ID{slot: model.ID(booking)}}}}
				got, err := j.verify(t.Context())
				if c.wrong == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, c.wrong)
				}
				require.Equal(t, c.want, got)
			}
			// A county is slow to seed on SQLite: there one trial each way will do.
			if c.spoil == nil || name == "a booking is lost" {
				t.Run("sqlite", func(t *testing.T) { t.Parallel(); judge(t, storetest.SQLite(t)) })
			}
			t.Run("mariadb", func(t *testing.T) { t.Parallel(); judge(t, storetest.MariaDB(t)) })
		})
	}
}

func execute(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), text, args...)
	require.NoError(t, err)
}
