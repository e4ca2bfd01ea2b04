package lecture

import (
	"cmp"
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Roster is who is here, late and missing on one side of a session.
type Roster struct {
	Side   model.Side   `json:"side"`
	Counts RosterCounts `json:"counts"`
	store.Page[RosterLine]
}

// RosterCounts counts the whole list, not the page.
type RosterCounts struct {
	Total     int `json:"total"`
	CheckedIn int `json:"checkedIn"`
	Late      int `json:"late" doc:"Waiting for the host's word"`
	Missing   int `json:"missing"`
}

// RosterLine is one pupil of the list.
type RosterLine struct {
	PupilID   model.ID   `json:"pupilId"`
	Name      string     `json:"name"`
	Mark      string     `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID   model.ID   `json:"classId"`
	ClassName string     `json:"className"`
	Status    Presence   `json:"status"`
	At        *time.Time `json:"at,omitempty"`
}

// rosterRow is a pupil with the check-in, if there is one.
type rosterRow struct {
	PupilID   model.ID
	Name      string
	ClassID   model.ID
	ClassName string
	ClassKey  string
	model.CheckIn
}

var rosterByClass = store.Ascending(func(r rosterRow) store.Keys { return store.Keys{r.ClassKey, r.ClassID, r.PupilID} }, "u.counting_key", "p.class_id", "p.id")

func (r rosterRow) line(marks map[model.ID]string) RosterLine {
	line := RosterLine{PupilID: r.PupilID, Name: r.Name, Mark: marks[r.PupilID], ClassID: r.ClassID, ClassName: r.ClassName, Status: Missing}
	if r.ID != 0 {
		if line.Status = presenceOf(&r.CheckIn); line.Status != Missing {
			line.At = &r.At
		}
	}
	return line
}

// Roster lists the pupils of a session by class, with how they stand on one
// side; an empty side is the first that the lecture is for. The host and the
// managers of its unit see all; teachers and managers of units below, theirs.
func (s *Service) Roster(ctx context.Context, actor model.Actor, id model.ID, side model.Side, page store.PageRequest) (Roster, error) {
	db := s.store.Read(ctx)
	session, scope, err := s.listed(db, actor, id)
	if err != nil {
		return Roster{}, err
	}
	lecture, err := lectureOf(db, session)
	if err != nil {
		return Roster{}, err
	}
	side = cmp.Or(side, lecture.List()[0])
	if !lecture.Include(side) {
		return Roster{}, model.Invalid("side", "side_not_in_lecture", "这一讲不面向该对象")
	}
	list := func() *gorm.DB {
		return family.Enrolled(db).Where(scope).Joins("LEFT JOIN check_ins AS k ON k.session_id = ? AND k.pupil_id = p.id AND k.side = ?", id, side)
	}
	out := Roster{Side: side}
	err = list().Select("COUNT(*) AS total,"+
		" COALESCE(SUM(CASE WHEN k.id IS NOT NULL AND (k.late = ? OR k.confirmed_at IS NOT NULL) THEN 1 ELSE 0 END), 0) AS checked_in,"+
		" COALESCE(SUM(CASE WHEN k.late = ? AND k.confirmed_at IS NULL AND k.refused_at IS NULL THEN 1 ELSE 0 END), 0) AS late", false, true).
		Scan(&out.Counts).Error
	if err != nil {
		return Roster{}, err
	}
	out.Counts.Missing = out.Counts.Total - out.Counts.CheckedIn - out.Counts.Late
	q := list().Joins(unit.Join("u", "p.class_id")).
		Select("p.id AS pupil_id, p.name, p.class_id, u.name AS class_name, u.counting_key AS class_key, k.id, k.at, k.late, k.confirmed_at, k.refused_at")
	rows, next, err := rosterByClass.Read(q, page)
	if err != nil {
		return Roster{}, err
	}
	marks, err := s.marks.Of(db, store.Each(rows, func(r rosterRow) model.ID { return r.PupilID }))
	out.Page = store.PageOf(rows, next, func(r rosterRow) RosterLine { return r.line(marks) })
	return out, err
}

// listed reads a session for its lists of names, and the condition on the pupils p
// whom the actor may see on them.
func (s *Service) listed(db *gorm.DB, actor model.Actor, id model.ID) (model.LectureSession, store.Cond, error) {
	session, err := s.visible(db, actor, id)
	if err != nil {
		return session, store.Nothing(), err
	}
	runs, err := s.runs(db, actor, session)
	if err != nil {
		return session, store.Nothing(), err
	}
	all := participants(db, session)
	if runs {
		return session, all, nil
	}
	return session, store.All(all, store.Below("p.class_id", actor.UnitsAs(s.store.Now(), model.Hosts...))), nil
}
