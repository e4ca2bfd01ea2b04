package main

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"xinyu/model"
)

// seeder writes a county into a migrated, empty database, in SQL that MariaDB
// and SQLite both read.
type seeder struct {
	ctx context.Context
	db  *sql.DB
	at  time.Time
	err error
}

func newSeeder(ctx context.Context, db *sql.DB) *seeder {
	return &seeder{ctx: ctx, db: db, at: seedTime()}
}

// exec runs one statement, unless an earlier one failed.
func (s *seeder) exec(query string, args ...any) {
	if s.err != nil {
		return
	}
	if _, err := s.db.ExecContext(s.ctx, query, args...); err != nil {
		s.err = fmt.Errorf("seed: %.60s: %w", strings.TrimSpace(query), err)
	}
}

// insert writes rows in large statements; columns such as "units (id, kind)".
func (s *seeder) insert(columns string, rows iter.Seq[[]any]) {
	const values = 20_000 // SQLite binds 32,766 at most
	var args []any
	var places []string
	flush := func() {
		if len(places) > 0 {
			s.exec("INSERT INTO "+columns+" VALUES "+strings.Join(places, ","), args...)
		}
		args, places = args[:0], places[:0]
	}
	for row := range rows {
		args = append(args, row...)
		places = append(places, "(?"+strings.Repeat(",?", len(row)-1)+")")
		if len(args)+len(row) > values {
			flush()
		}
	}
	flush()
}

// unit is a unit to be written.
type unit struct {
	kind       model.UnitKind
	id, parent model.ID
}

// name is unique among all units.
func (u unit) name() string { return string(u.kind) + u.id.String() }

// countyAndTowns is the upper part of the tree.
func countyAndTowns() []unit {
	tree := []unit{{model.UnitCounty, countyID, 0}}
	for i := range towns {
		tree = append(tree, unit{model.UnitTown, firstTown + model.ID(i), countyID})
	}
	return tree
}

// units writes the whole tree, without its pupil counts.
func (s *seeder) units() {
	tree := countyAndTowns()
	for i := range schools {
		tree = append(tree, unit{model.UnitSchool, firstSchool + model.ID(i), firstTown + model.ID(i%towns)})
	}
	for i := range classes {
		tree = append(tree, unit{model.UnitClass, firstClass + model.ID(i), firstSchool + model.ID(i%schools)})
	}
	s.plant(tree)
}

// plant writes a tree of units and its closure, parents first.
func (s *seeder) plant(tree []unit) {
	parents := map[model.ID]model.ID{}
	s.insert("units (id, parent_id, kind, name, code, created_at)", func(yield func([]any) bool) {
		for _, u := range tree {
			parents[u.id] = u.parent
			if !yield([]any{int64(u.id), int64(u.parent), string(u.kind), u.name(), "B" + u.id.String(), s.at}) {
				return
			}
		}
	})
	s.insert("unit_closure (ancestor_id, unit_id)", func(yield func([]any) bool) {
		for _, u := range tree {
			for above := u.id; above != 0; above = parents[above] {
				if !yield([]any{int64(above), int64(u.id)}) {
					return
				}
			}
		}
	})
}

// staff writes the accounts that manage and host.
func (s *seeder) staff() {
	for id, role := range map[model.ID]model.Role{managerID: model.RoleManager, teacherID: model.RoleTeacher} {
		s.account(id)
		s.grant(id, role)
	}
}

// grant gives an account its one role, at the county.
func (s *seeder) grant(account model.ID, role model.Role) {
	s.exec("INSERT INTO grants (id, account_id, role, unit_id, starts_at, granted_by, created_at) VALUES (?,?,?,?,?,?,?)",
		int64(account), int64(account), string(role), int64(countyID), s.at, 0, s.at)
}

// account writes an account with a login.
func (s *seeder) account(id model.ID) {
	s.exec("INSERT INTO accounts (id, open_id, created_at, last_login_at) VALUES (?,?,?,?)", int64(id), "bench"+id.String(), s.at, s.at)
	s.exec("INSERT INTO login_tokens (id, account_id, token_hash, created_at, expires_at) VALUES (?,?,?,?,?)",
		int64(id), int64(id), hashOf(tokenOf(id)), s.at, s.at.AddDate(0, 0, 30))
}

// people writes pupils 1 to n, a guardian with a login for each, bound and consenting.
func (s *seeder) people(n int) {
	s.exec(`CREATE TABLE bench_pupils (n INT NOT NULL PRIMARY KEY, pupil BIGINT NOT NULL, guardian BIGINT NOT NULL, class BIGINT NOT NULL,
		steps INT NOT NULL, bitmap BLOB NOT NULL, token BLOB NOT NULL)`)
	bitmaps := make([][]byte, lessonReports)
	for i := range bitmaps {
		bitmaps[i] = bitmapAfter(i)
	}
	s.insert("bench_pupils (n, pupil, guardian, class, steps, bitmap, token)", func(yield func([]any) bool) {
		for i := 1; i <= n; i++ {
			steps := stepsBefore(i)
			if !yield([]any{i, int64(pupilID(i)), int64(guardianID(i)), int64(classOf(i)), steps, bitmaps[steps], hashOf(tokenOf(guardianID(i)))}) {
				return
			}
		}
	})
	s.exec(`INSERT INTO pupils (id, class_id, name, birth_date, student_no, student_no_hash, created_at, updated_at)
		SELECT pupil, class, CAST(n AS CHAR), '2013-05-01', CAST(n AS CHAR), CAST(n AS CHAR), ?, ? FROM bench_pupils`, s.at, s.at)
	s.exec(`UPDATE units SET pupil_count = (SELECT COUNT(*) FROM bench_pupils WHERE class = units.id) WHERE kind = ?`, string(model.UnitClass))
	s.exec(`INSERT INTO accounts (id, open_id, created_at, last_login_at) SELECT guardian, CAST(guardian AS CHAR), ?, ? FROM bench_pupils`, s.at, s.at)
	s.exec(`INSERT INTO login_tokens (id, account_id, token_hash, created_at, expires_at)
		SELECT guardian, guardian, token, ?, ? FROM bench_pupils`, s.at, s.at.AddDate(0, 0, 30))
	s.exec(`INSERT INTO guardianships (account_id, pupil_id, seat, relation, created_at)
		SELECT guardian, pupil, 1, ?, ? FROM bench_pupils`, string(model.RelationMother), s.at)
	for _, purpose := range model.Purposes {
		s.exec(`INSERT INTO consents (account_id, purpose, version, given_at) SELECT guardian, ?, '1', ? FROM bench_pupils`, string(purpose), s.at)
	}
}

// watching writes the lessons and everybody's opened watch of each; the first
// lesson is in full swing, with facts and tallies to match.
func (s *seeder) watching() {
	for lesson := 1; lesson <= lessons; lesson++ {
		s.lesson(lesson)
		s.exec(`INSERT INTO watches (id, lesson_id, account_id, viewer_id, companion_id, pupil_id, opened_at)
			SELECT ? + 8 * n, ?, guardian, pupil, 0, pupil, ? FROM bench_pupils`, int64(watchID(0, lesson)), int64(lessonID(lesson)), s.at)
	}
	// Everybody may hand in the five minutes that a phone can keep for later.
	s.exec(`INSERT INTO viewers (id, credited_at, allowance_ms) SELECT pupil, ?, ? FROM bench_pupils`, s.at, model.MaxUnspent.Milliseconds())
	s.exec(`INSERT INTO lesson_progress (viewer_id, lesson_id, watch_id, last_seq, position, watched_seconds, bitmap, started_at, completed_at, updated_at)
		SELECT pupil, ?, ? + 8 * n, 0, ? * steps, ? * steps, bitmap, CASE WHEN steps > 0 THEN ? END, CASE WHEN steps >= ? THEN ? END, ? FROM bench_pupils`,
		int64(lessonID(1)), int64(watchID(0, 1)), reportSeconds, reportSeconds, s.at, passingReports, s.at, s.at)
	for lesson := 2; lesson <= lessons; lesson++ {
		s.exec(`INSERT INTO lesson_progress (viewer_id, lesson_id, watch_id, last_seq, position, watched_seconds, bitmap, updated_at)
			SELECT pupil, ?, ? + 8 * n, 0, 0, 0, ?, ? FROM bench_pupils`, int64(lessonID(lesson)), int64(watchID(0, lesson)), []byte(bitmapAfter(0)), s.at)
	}
	s.exec(`INSERT INTO coverage_facts (item_kind, item_id, side, pupil_id, started_at, covered_at, how, cause_id)
		SELECT ?, ?, ?, pupil, ?, CASE WHEN steps >= ? THEN ? END, CASE WHEN steps >= ? THEN ? ELSE '' END, ? + 8 * n FROM bench_pupils WHERE steps > 0`,
		string(model.ItemLesson), int64(lessonID(1)), string(model.SidePupil), s.at, passingReports, s.at, passingReports, string(model.CoverWatch), int64(watchID(0, 1)))
	s.tallies()
}

func (s *seeder) lesson(lesson int) {
	s.exec(`INSERT INTO lessons (id, unit_id, title, summary, for_pupils, for_guardians, term, video_key, duration_seconds, status, created_by, created_at, updated_at)
		VALUES (?,?,?,'',TRUE,FALSE,?,'lessons/bench.mp4',?,?,?,?,?)`, int64(lessonID(lesson)), int64(countyID), "lesson "+strconv.Itoa(lesson),
		string(model.TermOf(s.at)), lessonSeconds, string(model.LessonPublished), int64(managerID), s.at, s.at)
}

// tallies counts the facts by class.
func (s *seeder) tallies() {
	s.exec(`INSERT INTO coverage_tallies (item_kind, item_id, side, class_id, started, covered)
		SELECT f.item_kind, f.item_id, f.side, p.class_id, COUNT(*), COUNT(f.covered_at) FROM coverage_facts AS f JOIN pupils AS p ON p.id = f.pupil_id
		GROUP BY f.item_kind, f.item_id, f.side, p.class_id`)
}

// seedCounty writes the whole county with so many pupils.
func seedCounty(ctx context.Context, db *sql.DB, pupils int) error {
	s := newSeeder(ctx, db)
	s.units()
	s.staff()
	s.people(pupils)
	s.watching()
	s.sessions()
	s.counselling()
	return s.err
}
