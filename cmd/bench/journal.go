package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// journal compares what phones had acknowledged with what is in SQL.
type journal struct {
	st        *store.Store
	reporters []*reporter
	attendees []*attendee
	bookers   []*booker
}

// tally counts what was acknowledged, what of it is lost, and what is there
// more than once. A call without a response may have been done, once.
type tally struct{ acknowledged, lost, doubled int }

// verify counts everything. Its error is a count that does not follow from the facts.
func (j *journal) verify(ctx context.Context) (t tally, err error) {
	err = catch(func() {
		j.reports(ctx, &t)
		j.checkIns(ctx, &t)
		j.bookings(ctx, &t)
		j.counts(ctx)
	})
	return t, err
}

// rows reads all rows of a query.
func rows[T any](ctx context.Context, st *store.Store, query string, args ...any) (list []T) {
	check(st.Read(ctx).Raw(query, args...).Scan(&list).Error)
	return list
}

// progress is how far a watch is.
type progress struct {
	WatchID                 model.ID
	LastSeq, WatchedSeconds int
}

// progress is what the server must have of the player's watch of a lesson.
func (p *player) progress(lesson int) progress {
	at := progress{WatchID: watchID(p.n, lesson)}
	switch {
	case lesson == p.lesson:
		at.LastSeq, at.WatchedSeconds = p.seq, p.steps*reportSeconds
	case lesson < p.lesson:
		at.LastSeq, at.WatchedSeconds = lessonReports, lessonSeconds
		if lesson == 1 { // what was seeded came without reports
			at.LastSeq -= stepsBefore(p.n)
		}
	}
	return at
}

func (j *journal) reports(ctx context.Context, t *tally) {
	got := store.Keyed(rows[progress](ctx, j.st, "SELECT watch_id, last_seq, watched_seconds FROM lesson_progress"),
		func(row progress) (model.ID, progress) { return row.WatchID, row })
	for _, r := range j.reporters {
		for i, p := range r.players {
			for lesson := 1; lesson <= lessons; lesson++ {
				want := p.progress(lesson)
				is := got[want.WatchID]
				t.acknowledged += want.LastSeq
				t.lost += max(0, want.LastSeq-is.LastSeq, (want.WatchedSeconds-is.WatchedSeconds)/reportSeconds)
				if r.unsure && i == r.turn && lesson == p.lesson {
					want.LastSeq++
					want.WatchedSeconds += reportSeconds
				}
				t.doubled += max(0, is.LastSeq-want.LastSeq, (is.WatchedSeconds-want.WatchedSeconds)/reportSeconds)
			}
		}
	}
}

// attendance is that a pupil is checked in.
type attendance struct{ SessionID, PupilID model.ID }

func (j *journal) checkIns(ctx context.Context, t *tally) {
	got := map[attendance]int{}
	for _, row := range rows[attendance](ctx, j.st, "SELECT session_id, pupil_id FROM check_ins") {
		got[row]++
	}
	for _, a := range j.attendees {
		for session := range sessions {
			for i, p := range a.players {
				n, allowed := got[attendance{sessionID(session), pupilID(p.n)}], 0
				switch now := session == a.session; {
				case session < a.session || now && i < a.turn:
					allowed = 1
					t.acknowledged++
					t.lost += max(0, 1-n)
				case a.unsure && now && i == a.turn:
					allowed = 1
				}
				t.doubled += max(0, n-allowed)
			}
		}
	}
}

// holding is that a booking has a slot.
type holding struct{ SlotID, BookingID model.ID }

func (j *journal) bookings(ctx context.Context, t *tally) {
	booked := map[model.ID]model.ID{} // booking by slot, the first of each
	for _, row := range rows[holding](ctx, j.st,
		"SELECT slot_id, id AS booking_id FROM bookings WHERE status = 'booked' ORDER BY id") {
		if booked[row.SlotID] != 0 {
			t.doubled++
			continue
		}
		booked[row.SlotID] = row.BookingID
	}
	for _, b := range j.bookers {
		for slot, booking := range b.got {
			t.acknowledged++
			if booked[slot] != booking {
				t.lost++
			}
		}
	}
	held := store.Keyed(rows[holding](ctx, j.st, "SELECT id AS slot_id, booking_id FROM slots WHERE status = 'booked'"),
		func(row holding) (model.ID, model.ID) { return row.SlotID, row.BookingID })
	if !maps.Equal(held, booked) {
		check(fmt.Errorf("%d slots are booked, which differ from those of %d bookings", len(held), len(booked)))
	}
}

// classCount is a class's count for one item.
type classCount struct {
	Kind          string
	Item, Class   model.ID
	Started, Done int
}

// counts compares the tallies, class by class, with the facts, and the facts with
// their causes. A check-in with a code that was shown too long ago is none: it
// counts once the host has confirmed it.
func (j *journal) counts(ctx context.Context) {
	tallies := rows[classCount](ctx, j.st, `SELECT item_kind AS kind, item_id AS item, class_id AS class,
			started, covered AS done
		FROM coverage_tallies WHERE started > 0 ORDER BY kind, item, class`)
	facts := rows[classCount](ctx, j.st, `SELECT f.item_kind AS kind, f.item_id AS item, p.class_id AS class,
			COUNT(*) AS started, COUNT(f.covered_at) AS done
		FROM coverage_facts AS f JOIN pupils AS p ON p.id = f.pupil_id
		GROUP BY f.item_kind, f.item_id, p.class_id ORDER BY kind, item, class`)
	if !slices.Equal(tallies, facts) {
		check(fmt.Errorf("the tallies differ from the facts: %d and %d rows", len(tallies), len(facts)))
	}
	causes := rows[classCount](ctx, j.st, `SELECT 'lesson' AS kind, x.lesson_id AS item, p.class_id AS class,
			COUNT(*) AS started, COUNT(x.completed_at) AS done
		FROM lesson_progress AS x JOIN pupils AS p ON p.id = x.viewer_id
		WHERE x.started_at IS NOT NULL GROUP BY x.lesson_id, p.class_id
		UNION ALL SELECT 'lecture', s.lecture_id, p.class_id, COUNT(*), COUNT(*)
		FROM check_ins AS c JOIN lecture_sessions AS s ON s.id = c.session_id JOIN pupils AS p ON p.id = c.pupil_id
		WHERE NOT c.late GROUP BY s.lecture_id, p.class_id ORDER BY kind, item, class`)
	if !slices.Equal(causes, facts) {
		check(fmt.Errorf("the facts differ from what they follow from: %d and %d rows", len(facts), len(causes)))
	}
}

// items are the ids of the seeded lessons or lectures.
func items(kind model.ItemKind) (ids []model.ID) {
	first, n := lessonID(1), lessons
	if kind == model.ItemLecture {
		first, n = lectureID(0), sessions
	}
	for i := range n {
		ids = append(ids, first+model.ID(i))
	}
	return ids
}

// coveragePath is the county's coverage page of an item.
func coveragePath(kind model.ItemKind, id model.ID) string {
	return fmt.Sprintf("/coverage?itemKind=%s&itemId=%s&side=%s&unitId=%s", kind, id, model.SidePupil, countyID)
}

// wrongItems names the items of a kind of which the county's page or the
// counters in Redis differ from the facts in SQL. The pages fill Redis, which
// is why a load is preceded by this: it then counts the counters up, as a page
// stores nothing that it read while reports commit.
func (r *rig) wrongItems(ctx context.Context, s server, st *store.Store, kind model.ItemKind) (wrong []string) {
	type figures struct{ Roster, Started, Completed int }
	rdb := r.redis.Client(0)
	defer rdb.Close() //nolint:errcheck // nothing is lost
	for _, id := range items(kind) {
		var page struct{ Unit struct{ Roster, Covered int } }
		s.get(ctx, coveragePath(kind, id), managerID, &page)
		var counters struct {
			Filled    string `redis:"_"`
			Started   int    `redis:"1s"` // of unit 1, the county
			Completed int    `redis:"1c"`
		}
		key := fmt.Sprintf("xinyu:{cov:%s:%s:%s}", kind, id, model.SidePupil)
		check(rdb.HMGet(ctx, key, "_", "1s", "1c").Scan(&counters))
		facts := rows[figures](ctx, st, `SELECT (SELECT COUNT(*) FROM pupils) AS roster,
			COUNT(*) AS started, COUNT(covered_at) AS completed
			FROM coverage_facts WHERE item_kind = ? AND item_id = ?`, kind, id)[0]
		counted := figures{page.Unit.Roster, counters.Started, counters.Completed}
		if counters.Filled == "" || counted != facts || page.Unit.Covered != facts.Completed {
			wrong = append(wrong, fmt.Sprintf("%s %s: SQL has %+v, Redis %+v, the page %+v", kind, id, facts, counters, page))
		}
	}
	return wrong
}
