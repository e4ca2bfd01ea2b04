package lecture

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// lecturesVisibleTo keeps the lectures of units above and below the actor's
// own, for staff, and of units above a child's class, for families.
func (s *Service) lecturesVisibleTo(actor model.Actor) func(*gorm.DB) *gorm.DB {
	now := s.store.Now()
	own := actor.UnitsAs(now, model.Staff...)
	receiving := append(actor.UnitsAs(now, model.Families...), own...)
	return func(db *gorm.DB) *gorm.DB {
		return db.Where("(lectures.unit_id IN (SELECT unit_id FROM unit_closure WHERE ancestor_id IN ?)"+
			" OR lectures.unit_id IN (SELECT ancestor_id FROM unit_closure WHERE unit_id IN ?))", own, receiving)
	}
}

// sessionsVisibleTo keeps, for staff, the sessions that they host or whose
// targets stand above or below their units; for families, those that are for
// a child's class or to which a child is invited.
func (s *Service) sessionsVisibleTo(actor model.Actor, roles ...model.Role) func(*gorm.DB) *gorm.DB {
	now := s.store.Now()
	own := actor.UnitsAs(now, roles...)
	classes := actor.UnitsAs(now, model.Families...)
	return func(db *gorm.DB) *gorm.DB {
		return db.Where("(lecture_sessions.host_id = ?"+
			" OR lecture_sessions.id IN (SELECT t.session_id FROM session_targets t JOIN unit_closure c ON c.unit_id = t.unit_id WHERE c.ancestor_id IN ?)"+
			" OR lecture_sessions.id IN (SELECT t.session_id FROM session_targets t JOIN unit_closure c ON c.ancestor_id = t.unit_id WHERE c.unit_id IN ?)"+
			" OR lecture_sessions.make_up_of = 0 AND lecture_sessions.id IN (SELECT t.session_id FROM session_targets t JOIN unit_closure c ON c.ancestor_id = t.unit_id WHERE c.unit_id IN ?)"+
			" OR lecture_sessions.id IN (SELECT session_id FROM session_invitees WHERE pupil_id = ?)"+
			" OR lecture_sessions.id IN (SELECT i.session_id FROM guardianships g JOIN session_invitees i ON i.pupil_id = g.pupil_id WHERE g.account_id = ?))",
			actor.AccountID, own, own, classes, actor.PupilID, actor.AccountID)
	}
}

// mustManage refuses, as not found, a unit that does not stand at or below
// one that the actor manages.
func (s *Service) mustManage(ctx context.Context, actor model.Actor, unit model.ID) error {
	var u model.Unit
	err := s.store.Read(ctx).Where(store.Below("id", actor.UnitsAs(s.store.Now(), model.RoleManager))).
		Select("id").Take(&u, "id = ? AND archived_at IS NULL", unit).Error
	return store.Found(err, "unit")
}

var errHostOnly = model.Forbidden("host_only", "只有主持人或本单位管理员可以操作")

// visible reads one session that the actor may see.
func (s *Service) visible(db *gorm.DB, actor model.Actor, id model.ID) (model.LectureSession, error) {
	var session model.LectureSession
	err := db.Scopes(s.sessionsVisibleTo(actor, model.Staff...)).Take(&session, "lecture_sessions.id = ?", id).Error
	return session, store.Found(err, "session")
}

// runnable reads one session that the actor hosts, or whose unit they manage.
func (s *Service) runnable(db *gorm.DB, actor model.Actor, id model.ID) (model.LectureSession, error) {
	session, err := s.visible(db, actor, id)
	if err != nil {
		return session, err
	}
	runs, err := s.runs(db, actor, session)
	if err != nil {
		return session, err
	}
	if !runs {
		return session, errHostOnly
	}
	return session, nil
}

// runs reports whether the actor hosts the session or manages its unit.
func (s *Service) runs(db *gorm.DB, actor model.Actor, session model.LectureSession) (bool, error) {
	if session.HostID == actor.AccountID {
		return true, nil
	}
	managed := actor.UnitsAs(s.store.Now(), model.RoleManager)
	if len(managed) == 0 {
		return false, nil
	}
	var n int64
	err := db.Model(&model.UnitAncestor{}).Where("unit_id = ? AND ancestor_id IN ?", session.UnitID, managed).Count(&n).Error
	return n > 0, store.Translate(err)
}

// participants keeps, of a query over pupils, those on a roster whom the
// session is for.
func participants(session model.LectureSession) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		db = db.Where("pupils.departed_at IS NULL")
		if session.MakeUpOf != 0 {
			return db.Where("pupils.id IN (SELECT pupil_id FROM session_invitees WHERE session_id = ?)", session.ID)
		}
		return db.Where("pupils.class_id IN (SELECT c.unit_id FROM session_targets t JOIN unit_closure c ON c.ancestor_id = t.unit_id WHERE t.session_id = ?)", session.ID)
	}
}

// classesAtOnce is how many classes are gone through in one part: some five hundred pupils.
const classesAtOnce = 10

// nextClasses are the next classes after the last one, in the order of their
// ids, in which there may be participants of the session. Whoever has many
// pupils to go through does so class by class, as each class's pupils are found by an index.
func nextClasses(db *gorm.DB, session model.LectureSession, last model.ID) ([]model.ID, error) {
	q := db.Table("session_targets AS t").Joins("JOIN unit_closure AS c ON c.ancestor_id = t.unit_id").
		Joins("JOIN units AS u ON u.id = c.unit_id AND u.kind = ?", model.UnitClass).Where("t.session_id = ?", session.ID)
	class := "c.unit_id"
	if session.MakeUpOf != 0 {
		q = db.Table("session_invitees AS i").Joins("JOIN pupils AS p ON p.id = i.pupil_id").Where("i.session_id = ?", session.ID)
		class = "p.class_id"
	}
	var classes []model.ID
	err := q.Where(class+" > ?", last).Distinct(class).Order(class).Limit(classesAtOnce).Pluck(class, &classes).Error
	return classes, store.Translate(err)
}

// participantsIn is participants for a few of the session's own classes.
func participantsIn(session model.LectureSession, classes []model.ID) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		db = db.Where("pupils.class_id IN ? AND pupils.departed_at IS NULL", classes)
		if session.MakeUpOf != 0 {
			return db.Where("EXISTS (SELECT 1 FROM session_invitees AS i WHERE i.session_id = ? AND i.pupil_id = pupils.id)", session.ID)
		}
		return db
	}
}

// lectureOf is the lecture that the session holds.
func lectureOf(db *gorm.DB, session model.LectureSession) (model.Lecture, error) {
	var l model.Lecture
	err := db.Take(&l, "id = ?", session.LectureID).Error
	return l, store.Found(err, "lecture")
}
