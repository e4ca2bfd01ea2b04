package main

import (
	"context"
	"crypto/sha256"
	"strconv"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// seeder writes a county into a migrated, empty database. What every pupil has
// is copied from the pupils, in SQL that MariaDB and SQLite read.
type seeder struct {
	ctx context.Context
	st  *store.Store
	at  time.Time
}

func newSeeder(ctx context.Context, st *store.Store) *seeder {
	return &seeder{ctx: ctx, st: st, at: st.Now()}
}

// seedCounty writes the whole county with so many pupils.
func seedCounty(ctx context.Context, st *store.Store, pupils int) {
	s := newSeeder(ctx, st)
	s.tree(units(schools, classes))
	s.people(pupils)
	s.watching()
	s.lectures()
	s.counselling()
}

// exec runs one statement.
func (s *seeder) exec(query string, args ...any) {
	must(s.st.Pool().ExecContext(s.ctx, query, args...))
}

// create writes rows, each a model or a slice of one.
func (s *seeder) create(rows ...any) {
	const batch = 200
	check(s.st.Tx(s.ctx, func(tx *gorm.DB) error {
		for _, row := range rows {
			if err := tx.CreateInBatches(row, batch).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// units are the county and its towns, with the schools and classes of the towns or without.
func units(schools, classes int) []model.Unit {
	var list []model.Unit
	add := func(kind model.UnitKind, n int, first, firstParent model.ID, parents int) {
		for i := range n {
			id := first + model.ID(i)
			list = append(list, model.Unit{
				ID: id, ParentID: firstParent + model.ID(i%parents), Kind: kind,
				Name: string(kind) + id.String(), Code: "B" + id.String(),
			})
		}
	}
	add(model.UnitCounty, 1, countyID, 0, 1)
	add(model.UnitTown, towns, firstTown, countyID, 1)
	add(model.UnitSchool, schools, firstSchool, firstTown, towns)
	add(model.UnitClass, classes, firstClass, firstSchool, max(schools, 1))
	return list
}

// tree writes units, without their pupil counts, and who manages and hosts.
func (s *seeder) tree(units []model.Unit) {
	for i := range units {
		units[i].CreatedAt = s.at
	}
	s.create(units)
	s.exec(`INSERT INTO unit_closure (ancestor_id, unit_id)
		WITH RECURSIVE up (ancestor, unit) AS (SELECT id, id FROM units
			UNION ALL SELECT units.parent_id, up.unit FROM up JOIN units ON units.id = up.ancestor WHERE units.parent_id > 0)
		SELECT ancestor, unit FROM up`)
	s.account(managerID, model.RoleManager)
	s.account(teacherID, model.RoleTeacher)
}

// account writes an account with a login and a role at the county.
func (s *seeder) account(id model.ID, role model.Role) {
	s.create(
		&model.Account{ID: id, OpenID: "bench" + id.String(), CreatedAt: s.at, LastLoginAt: s.at},
		&model.Grant{ID: id, AccountID: id, Role: role, UnitID: countyID, StartsAt: s.at, CreatedAt: s.at},
		[]model.LoginToken{s.login(id)},
	)
}

// login is the token of an account.
func (s *seeder) login(account model.ID) model.LoginToken {
	hash := sha256.Sum256([]byte(tokenOf(account)))
	return model.LoginToken{
		ID: account, AccountID: account, TokenHash: hash[:], CreatedAt: s.at, ExpiresAt: s.at.AddDate(0, 0, 30),
	}
}

// people writes pupils 1 to n, a guardian with a login for each, bound and consenting.
func (s *seeder) people(n int) {
	pupils, tokens := make([]model.Pupil, n), make([]model.LoginToken, n)
	for i := range n {
		id, guardian, number := pupilID(i+1), guardianID(i+1), []byte(strconv.Itoa(i+1))
		pupils[i] = model.Pupil{
			ID: id, CountyID: countyID, ClassID: firstClass + model.ID((i+1)%classes), Name: string(number), BirthDate: "2013-05-01",
			StudentNo: number, StudentNoHash: number, CreatedAt: s.at, UpdatedAt: s.at,
		}
		tokens[i] = s.login(guardian)
	}
	s.create(pupils, tokens)
	s.countPupils()
	s.exec(`INSERT INTO accounts (id, open_id, created_at, last_login_at)
		SELECT account_id, CAST(account_id AS CHAR), created_at, created_at
		FROM login_tokens WHERE account_id > ?`, guardianID(0))
	s.exec(`INSERT INTO guardianships (account_id, pupil_id, seat, relation, created_at)
		SELECT id + ?, id, 1, ?, created_at FROM pupils`, guardianID(0)-pupilID(0), model.RelationMother)
	for _, purpose := range model.Purposes {
		s.exec(`INSERT INTO consents (account_id, purpose, version, given_at)
			SELECT account_id, ?, '1', created_at FROM guardianships`, purpose)
	}
}

func (s *seeder) countPupils() {
	s.exec(`UPDATE units SET pupil_count = (SELECT COUNT(*) FROM pupils WHERE class_id = units.id)
		WHERE kind = ?`, model.UnitClass)
}

// watching writes the lessons and everybody's opened watch of each; the first
// lesson is in full swing, with facts and tallies to match.
func (s *seeder) watching() {
	// Everybody may hand in the five minutes that a phone can keep for later.
	s.exec("INSERT INTO viewers (id, credited_at, allowance_ms) SELECT id, created_at, ? FROM pupils",
		model.MaxUnspent.Milliseconds())
	for lesson := 1; lesson <= lessons; lesson++ {
		s.lesson(lesson)
		s.exec(`INSERT INTO watches (id, lesson_id, account_id, viewer_id, companion_id, pupil_id, opened_at)
			SELECT ? + 8 * (pupil_id - ?), ?, account_id, pupil_id, 0, pupil_id, created_at FROM guardianships`,
			watchID(0, lesson), pupilID(0), lessonID(lesson))
	}
	s.exec(`INSERT INTO lesson_progress
		(viewer_id, lesson_id, watch_id, last_seq, position, watched_seconds, bitmap, updated_at)
		SELECT viewer_id, lesson_id, id, 0, 0, 0, ?, opened_at FROM watches`, bitmapAfter(0))
	for steps := 1; steps < lessonReports; steps++ {
		s.exec(`UPDATE lesson_progress SET position = ?, watched_seconds = ?, bitmap = ?, started_at = updated_at,
			completed_at = CASE WHEN ? THEN updated_at END WHERE lesson_id = ? AND (viewer_id - ?) % ? = ?`,
			steps*reportSeconds, steps*reportSeconds, bitmapAfter(steps), steps >= passingReports,
			lessonID(1), pupilID(0), lessonReports, steps)
	}
	s.exec(`INSERT INTO coverage_facts (item_kind, item_id, side, pupil_id, started_at, covered_at, how, cause_id)
		SELECT ?, lesson_id, ?, viewer_id, started_at, completed_at,
			CASE WHEN completed_at IS NULL THEN '' ELSE ? END, watch_id
		FROM lesson_progress WHERE started_at IS NOT NULL`, model.ItemLesson, model.SidePupil, model.CoverWatch)
	s.tallies()
}

func (s *seeder) lesson(lesson int) {
	s.create(&model.Lesson{
		ID: lessonID(lesson), UnitID: countyID, Title: "lesson", Sides: model.Sides{ForPupils: true},
		Term: model.TermOf(s.at), VideoKey: "lessons/bench.mp4",
		DurationSeconds: lessonSeconds, PassPercent: 90, MaxRatePercent: 200,
		Status: model.LessonPublished, Version: 1, CreatedBy: managerID, CreatedAt: s.at, UpdatedAt: s.at,
	})
}

// tallies counts the facts by class.
func (s *seeder) tallies() {
	s.exec(`INSERT INTO coverage_tallies (item_kind, item_id, side, class_id, started, covered)
		SELECT f.item_kind, f.item_id, f.side, p.class_id, COUNT(*), COUNT(f.covered_at)
		FROM coverage_facts AS f JOIN pupils AS p ON p.id = f.pupil_id
		GROUP BY f.item_kind, f.item_id, f.side, p.class_id`)
}

// lectures writes lectures for pupils with a session each that is open now, for the whole county.
func (s *seeder) lectures() {
	for k := range sessions {
		s.create(
			&model.Lecture{
				ID: lectureID(k), UnitID: countyID, Number: k + 1, Title: "lecture", Sides: model.Sides{ForPupils: true},
				Term: model.TermOf(s.at), CreatedBy: managerID, CreatedAt: s.at,
			},
			&model.LectureSession{
				ID: sessionID(k), LectureID: lectureID(k), UnitID: countyID, HostID: teacherID, Mode: model.SessionOffline,
				Status: model.SessionScheduled, StartsAt: s.at, EndsAt: s.at.AddDate(0, 0, 1),
				CreatedBy: managerID, CreatedAt: s.at, UpdatedAt: s.at,
			},
			&model.SessionTarget{SessionID: sessionID(k), UnitID: countyID},
		)
	}
}

// counselling writes a room, counsellors who are there around the clock, and
// the slots that follow from that, as the product's own job would. The first
// counsellor has the room, the others talk by telephone.
func (s *seeder) counselling() {
	s.create(&model.Room{ID: roomID, UnitID: countyID, Name: "room", CreatedAt: s.at, UpdatedAt: s.at})
	today := model.DateOf(s.at)
	for c := range counsellors {
		id := counsellorID(c)
		s.account(id, model.RoleCounsellor)
		mode := model.CounselPhone
		if c == 0 {
			mode = model.CounselInPerson
		}
		rules := make([]model.AvailabilityRule, 7)
		for day := range rules {
			rules[day] = model.AvailabilityRule{
				ID: model.ID(60_000 + 7*c + day), CounsellorID: id, RoomID: roomID, Mode: mode,
				Weekday: time.Weekday(day), EndMinute: model.MinutesPerDay, SlotMinutes: slotMinutes,
				HorizonDays: slotDays, ValidFrom: today, CreatedAt: s.at,
			}
		}
		var slots []model.Slot
		for k := range slotDays {
			day := today.AddDays(k + 1)
			slots = append(slots, rules[day.Weekday()].SlotsOn(day, day.Weekday())...)
		}
		for k := range slots {
			slots[k].ID = slotID(c, k)
		}
		s.create(rules, slots,
			&model.Counsellor{AccountID: id, RoomID: roomID, Name: id.String(), CreatedAt: s.at, UpdatedAt: s.at})
	}
}
