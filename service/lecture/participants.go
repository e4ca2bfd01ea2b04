package lecture

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Whom a session is for is said in this file alone. A session is for the pupils
// on the rosters of the classes at or below its targets (targeted); a make-up
// is for its invitees instead (invited). The functions below ask it from each
// side: for the pupils of one session, for the sessions of some pupils, and for
// the pairs among some of both.

// targeted is a query over sessions and the units that they are for:
// t.session_id with each c.unit_id at or below one of its targets.
func targeted(db *gorm.DB) *gorm.DB {
	return db.Table("session_targets AS t").Joins(store.JoinBelow("c", "t.unit_id"))
}

// invited is a query over make-ups and their invitees: i.session_id with i.pupil_id.
func invited(db *gorm.DB) *gorm.DB { return db.Table("session_invitees AS i") }

// participants keeps the pupils p whom the session is for, of those on a roster.
func participants(db *gorm.DB, session model.LectureSession) store.Cond {
	if session.MakeUpOf != 0 {
		return store.InQuery("p.id", invited(db).Where("i.session_id = ?", session.ID).Select("i.pupil_id"))
	}
	return store.InQuery("p.class_id", targeted(db).Where("t.session_id = ?", session.ID).Select("c.unit_id"))
}

// sessionsFor keeps the sessions that are for pupils: of one of the classes, or
// invited pupils whom the condition, on i.pupil_id, keeps.
func sessionsFor(db *gorm.DB, classes []model.ID, pupils store.Cond) store.Cond {
	invitations := store.InQuery("lecture_sessions.id", invited(db).Where(pupils).Select("i.session_id"))
	if len(classes) == 0 {
		return invitations
	}
	sessions := targeted(db).Where("c.unit_id IN ?", classes).Select("t.session_id")
	return store.Any(store.All(store.Where("lecture_sessions.make_up_of = 0"), store.InQuery("lecture_sessions.id", sessions)), invitations)
}

// targeting keeps the sessions, make-ups among them, with a target at, above or
// below one of the units.
func targeting(db *gorm.DB, units []model.ID) store.Cond {
	if len(units) == 0 {
		return store.Nothing()
	}
	above := targeted(db).Where("c.unit_id IN ?", units).Select("t.session_id")
	below := db.Table("session_targets AS t").Joins(store.JoinAbove("c", "t.unit_id")).Where("c.ancestor_id IN ?", units).Select("t.session_id")
	return store.Any(store.InQuery("lecture_sessions.id", below), store.InQuery("lecture_sessions.id", above))
}

// classesAtOnce is how many classes are gone through in one part: some five hundred pupils.
const classesAtOnce = 10

// nextClasses are the next classes after the last one, in the order of their
// ids, in which there may be participants of the session.
func nextClasses(db *gorm.DB, session model.LectureSession, last model.ID) ([]model.ID, error) {
	classes := targeted(db).Where("t.session_id = ?", session.ID).Select("c.unit_id")
	if session.MakeUpOf != 0 {
		classes = family.JoinPupil("i.pupil_id")(invited(db)).Where("i.session_id = ?", session.ID).Select("p.class_id")
	}
	return unit.NextClasses(db, last, classesAtOnce, unit.InQuery(classes))
}

// participantsIn is participants for a few of the session's own classes.
func participantsIn(db *gorm.DB, session model.LectureSession, classes []model.ID) store.Cond {
	if session.MakeUpOf == 0 {
		return family.InClasses(classes)
	}
	return store.All(family.InClasses(classes), store.Where("EXISTS (?)", invited(db).Where("i.session_id = ? AND i.pupil_id = p.id", session.ID).Select("1")))
}

// participation knows which of some pupils take part in which of some sessions.
type participation struct {
	classes  map[[2]model.ID]bool // session, class
	invitees map[[2]model.ID]bool // session, pupil
}

// includes reports whether the session is for the pupil.
func (m participation) includes(session model.LectureSession, pupil model.Pupil) bool {
	if pupil.DepartedAt != nil {
		return false
	}
	if session.MakeUpOf != 0 {
		return m.invitees[[2]model.ID{session.ID, pupil.ID}]
	}
	return m.classes[[2]model.ID{session.ID, pupil.ClassID}]
}

// readParticipation reads what includes needs for any of the sessions and
// pupils: by one statement for sessions and one for make-ups, where there are
// any, for every 500 pupils.
func readParticipation(db *gorm.DB, sessions []model.LectureSession, pupils []model.Pupil) (participation, error) {
	var ordinary, makeUps []model.ID
	for _, session := range sessions {
		if session.MakeUpOf != 0 {
			makeUps = append(makeUps, session.ID)
		} else {
			ordinary = append(ordinary, session.ID)
		}
	}
	classes := store.Each(pupils, func(p model.Pupil) model.ID { return p.ClassID })
	inClasses := targeted(db).Where("t.session_id IN ?", ordinary).Select("t.session_id, c.unit_id AS member_id")
	ofClasses, err := readPairs(inClasses, "c.unit_id", ordinary, store.Distinct(classes))
	if err != nil {
		return participation{}, err
	}
	byName := invited(db).Where("i.session_id IN ?", makeUps).Select("i.session_id, i.pupil_id AS member_id")
	invitees, err := readPairs(byName, "i.pupil_id", makeUps, idsOf(pupils))
	return participation{classes: ofClasses, invitees: invitees}, err
}

// readPairs returns the pairs that the query, whose column has the members,
// finds of the sessions and the members.
func readPairs(query *gorm.DB, column string, sessions, members []model.ID) (map[[2]model.ID]bool, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	query = query.Session(&gorm.Session{}) // to be used for every part
	type pair struct{ SessionID, MemberID model.ID }
	found, err := store.InParts(members, func(part []model.ID, found *[]pair) error {
		return query.Where(column+" IN ?", part).Scan(found).Error
	})
	return store.Keyed(found, func(p pair) ([2]model.ID, bool) { return [2]model.ID{p.SessionID, p.MemberID}, true }), err
}

func idsOf(pupils []model.Pupil) []model.ID {
	return store.Each(pupils, func(p model.Pupil) model.ID { return p.ID })
}
