package lecture

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// lecturesVisibleTo keeps the lectures of units above and below the actor's
// own, for staff, and of units above a child's class, for families.
func (s *Service) lecturesVisibleTo(actor model.Actor) store.Cond {
	now := s.store.Now()
	own := actor.UnitsAs(now, model.Staff...)
	receiving := append(actor.UnitsAs(now, model.Families...), own...)
	return store.Any(store.Below("lectures.unit_id", own), store.Above("lectures.unit_id", receiving))
}

// hostedBy keeps the sessions that the actor hosts and may: whoever has lost
// the role there, be it for one elsewhere, hosts nothing any more.
func (s *Service) hostedBy(actor model.Actor) store.Cond {
	return store.All(store.Where("lecture_sessions.host_id = ?", actor.AccountID),
		store.Around("lecture_sessions.unit_id", actor.UnitsAs(s.store.Now(), model.Hosts...)))
}

// sessionsVisibleTo keeps the sessions that the actor hosts; those with a target
// above or below a unit at which the actor has one of the roles; and those that
// are for the actor's own pupils.
func (s *Service) sessionsVisibleTo(db *gorm.DB, actor model.Actor, roles ...model.Role) store.Cond {
	now := s.store.Now()
	own := actor.UnitsAs(now, roles...)
	return store.Any(
		s.hostedBy(actor),
		targeting(db, own),
		sessionsFor(db, actor.UnitsAs(now, model.Families...), family.PupilOf("i.pupil_id", actor)),
	)
}

// visible reads one session that the actor may see.
func (s *Service) visible(db *gorm.DB, actor model.Actor, id model.ID) (model.LectureSession, error) {
	var session model.LectureSession
	err := db.Where(s.sessionsVisibleTo(db, actor, model.Staff...)).Take(&session, "lecture_sessions.id = ?", id).Error
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
		return session, model.Forbidden("host_only", "只有主持人或本单位管理员可以操作")
	}
	return session, nil
}

// runs reports whether the actor hosts the session or manages its unit.
func (s *Service) runs(db *gorm.DB, actor model.Actor, session model.LectureSession) (bool, error) {
	manages := store.Below("lecture_sessions.unit_id", actor.UnitsAs(s.store.Now(), model.RoleManager))
	return store.Exists(db.Model(&model.LectureSession{}).Where("lecture_sessions.id = ?", session.ID).Where(store.Any(s.hostedBy(actor), manages)))
}

// lectureOf is the lecture that the session holds.
func lectureOf(db *gorm.DB, session model.LectureSession) (model.Lecture, error) {
	var l model.Lecture
	err := db.Take(&l, "id = ?", session.LectureID).Error
	return l, store.Found(err, "lecture")
}
