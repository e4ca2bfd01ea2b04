package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"


	"xinyu/model"
)

// position is how far SQL says that a pupil is in a lesson.
type position struct{ seq, seconds int64 }

// compareReports compares progress, facts, tallies and Redis with what the
// phones had acknowledged.
func (c *county) compareReports(ctx context.Context, sources []source) error {
	rows, err := c.sql.QueryContext(ctx, "SELECT watch_id, last_seq, watched_seconds FROM lesson_progress")
	if err != nil {
		return err
	}
	defer rows.Close()
	got := make(map[model.ID]position, pupils*lessons)
	for rows.Next() {
		var watch int64
		var p position
		if err := rows.Scan(&watch, &p.seq, &p.seconds); err != nil {
			return err
		}
		got[model.ID(watch)] = p
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var started, completed [lessons + 1]int
	wrong := 0
	eachPlayer(sources, func(p *player) {
		for lesson := 1; lesson <= lessons; lesson++ {
			want := p.inLesson(lesson)
			if got[watchID(p.n, lesson)] != want {
				wrong++
			}
			if want.seconds > 0 {
				started[lesson]++
			}
			if want.seconds >= passingReports*reportSeconds {
				completed[lesson]++
			}
		}
	})
	if wrong > 0 {
		return fmt.Errorf("%d rows of progress are not as acknowledged", wrong)
	}
	for lesson := 1; lesson <= lessons; lesson++ {
		if err := c.compareTally(ctx, lesson, figure{Roster: pupils, Started: started[lesson], Completed: completed[lesson]}); err != nil {
			return fmt.Errorf("lesson %d: %w", lesson, err)
		}
	}
	return nil
}

// inLesson is what the server must have of the player's watch of a lesson.
func (p *player) inLesson(lesson int) position {
	before := 0 // what was seeded came without reports
	if lesson == 1 {
		before = stepsBefore(p.n)
	}
	switch {
	case lesson < p.lesson:
		return position{seq: int64(lessonReports - before), seconds: lessonSeconds}
	case lesson == p.lesson:
		return position{seq: p.seq, seconds: int64(p.steps) * reportSeconds}
	default:
		return position{}
	}
}

// figure is the response to GET /lessons/{id}/tally.
type figure struct{ Roster, Started, Completed int }

// compareTally compares a lesson's facts, its tallies, the call that reads
// them, and the counters in Redis.
func (c *county) compareTally(ctx context.Context, lesson int, want figure) error {
	for name, query := range map[string]string{
		"facts":   "SELECT COUNT(*), COUNT(covered_at) FROM coverage_facts WHERE item_kind = 'lesson' AND item_id = ?",
		"tallies": "SELECT COALESCE(SUM(started), 0), COALESCE(SUM(covered), 0) FROM coverage_tallies WHERE item_kind = 'lesson' AND item_id = ?",
	} {
		got := figure{Roster: want.Roster}
		if err := c.sql.QueryRowContext(ctx, query, int64(lessonID(lesson))).Scan(&got.Started, &got.Completed); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s are %+v, acknowledged %+v", name, got, want)
		}
	}
	got, err := readTally(ctx, c.product, lesson)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("the call answers %+v, acknowledged %+v", got, want)
	}
	if got, err = c.redisCounters(ctx, model.ItemLesson, lessonID(lesson), want.Roster); err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("redis has %+v, acknowledged %+v", got, want)
	}
	return nil
}

// readTally asks for the county's figures of a lesson, which also fills Redis.
func readTally(ctx context.Context, c *child, lesson int) (figure, error) {
	path := "/api/v1/lessons/" + lessonID(lesson).String() + "/tally?unitId=" + countyID.String()
	status, _, body, err := c.get(ctx, path, tokenOf(managerID))
	if err != nil {
		return figure{}, err
	}
	if status != http.StatusOK {
		return figure{}, fmt.Errorf("tally: %d %s", status, body)
	}
	var f figure
	return f, json.Unmarshal(body, &f)
}

// redisCounters reads the county's counters of an item as Redis has them. Call readTally or readCoverage before.
func (c *county) redisCounters(ctx context.Context, kind model.ItemKind, item model.ID, roster int) (figure, error) {
	rdb := c.redis.Client(0)
	defer rdb.Close() //nolint:errcheck // nothing is lost
	key := fmt.Sprintf("xinyu:{cov:%s:%s:%s}", kind, item, model.SidePupil)
	fields, err := rdb.HMGet(ctx, key, "_", countyID.String()+"s", countyID.String()+"c").Result()
	if err != nil {
		return figure{}, err
	}
	if fields[0] == nil {
		return figure{}, fmt.Errorf("%s is not filled", key)
	}
	f := figure{Roster: roster}
	for i, into := range []*int{&f.Started, &f.Completed} {
		if s, ok := fields[i+1].(string); ok {
			if _, err := fmt.Sscan(s, into); err != nil {
				return figure{}, err
			}
		}
	}
	return f, nil
}

// readCoverage asks for the county's figures of a lecture, which also fills Redis.
func readCoverage(ctx context.Context, c *child, lecture int) (figure, error) {
	path := fmt.Sprintf("/api/v1/coverage?itemKind=%s&itemId=%s&side=%s&unitId=%s", model.ItemLecture, lectureID(lecture), model.SidePupil, countyID)
	status, _, body, err := c.get(ctx, path, tokenOf(managerID))
	if err != nil {
		return figure{}, err
	}
	if status != http.StatusOK {
		return figure{}, fmt.Errorf("coverage: %d %.300s", status, body)
	}
	var page struct {
		Unit struct{ Roster, Covered int }
	}
	err = json.Unmarshal(body, &page)
	return figure{Roster: page.Unit.Roster, Started: page.Unit.Covered, Completed: page.Unit.Covered}, err
}

// warmCounters fills Redis before the load, so that its counters are counted up
// by the load instead of being read from SQL at the end.
func (c *county) warmCounters(ctx context.Context) error {
	for lesson := 1; lesson <= lessons; lesson++ {
		if _, err := readTally(ctx, c.product, lesson); err != nil {
			return err
		}
	}
	return nil
}

// compareBaseline makes sure that the baseline really stored what it acknowledged.
func (r *reports) compareBaseline(ctx context.Context) error {
	want := map[model.ID]int64{}
	eachPlayer(r.tx.sources, func(p *player) {
		for lesson := 1; lesson <= lessons; lesson++ {
			if at := p.inLesson(lesson); at.seq > 0 {
				want[watchID(p.n, lesson)] = at.seq
			}
		}
	})
	rows, err := r.sql.QueryContext(ctx, "SELECT viewer_id, last_seq FROM baseline.lesson_progress WHERE last_seq > 0")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var watch, seq int64
		if err := rows.Scan(&watch, &seq); err != nil {
			return err
		}
		if want[model.ID(watch)] != seq {
			return fmt.Errorf("watch %d is at %d, acknowledged %d", watch, seq, want[model.ID(watch)])
		}
		delete(want, model.ID(watch))
	}
	if len(want) > 0 {
		return fmt.Errorf("%d watches are not stored", len(want))
	}
	return rows.Err()
}
