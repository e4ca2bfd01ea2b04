package lecture

import (
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// chunk bounds the values of one IN list or multi-row statement.
const chunk = 500

func idsOf(pupils []model.Pupil) []model.ID {
	ids := make([]model.ID, len(pupils))
	for i, p := range pupils {
		ids[i] = p.ID
	}
	return ids
}

// distinct sorts ids in place and drops repeats.
func distinct(ids []model.ID) []model.ID {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// membership knows which of some pupils some sessions are for.
type membership struct {
	classes  map[[2]model.ID]bool // session, class
	invitees map[[2]model.ID]bool // session, pupil
}

// includes reports whether the session is for the pupil: an invitee of a
// make-up, or a pupil of a target's class.
func (m membership) includes(session model.LectureSession, pupil model.Pupil) bool {
	if pupil.DepartedAt != nil {
		return false
	}
	if session.MakeUpOf != 0 {
		return m.invitees[[2]model.ID{session.ID, pupil.ID}]
	}
	return m.classes[[2]model.ID{session.ID, pupil.ClassID}]
}

// readMembership reads what includes needs for any of the sessions and pupils.
func readMembership(db *gorm.DB, sessions []model.LectureSession, pupils []model.Pupil) (membership, error) {
	m := membership{classes: map[[2]model.ID]bool{}, invitees: map[[2]model.ID]bool{}}
	var targeted, makeUps []model.ID
	for _, session := range sessions {
		if session.MakeUpOf != 0 {
			makeUps = append(makeUps, session.ID)
		} else {
			targeted = append(targeted, session.ID)
		}
	}
	if len(targeted) > 0 {
		if err := m.readClasses(db, targeted, pupils); err != nil {
			return m, store.Translate(err)
		}
	}
	if len(makeUps) > 0 {
		if err := m.readInvitees(db, makeUps, pupils); err != nil {
			return m, store.Translate(err)
		}
	}
	return m, nil
}

func (m membership) readClasses(db *gorm.DB, sessions []model.ID, pupils []model.Pupil) error {
	classes := make([]model.ID, len(pupils))
	for i, p := range pupils {
		classes[i] = p.ClassID
	}
	var pairs []struct{ SessionID, UnitID model.ID }
	for part := range slices.Chunk(distinct(classes), chunk) {
		err := db.Table("session_targets AS t").Joins("JOIN unit_closure AS c ON c.ancestor_id = t.unit_id").
			Where("t.session_id IN ? AND c.unit_id IN ?", sessions, part).Select("t.session_id, c.unit_id").Scan(&pairs).Error
		if err != nil {
			return err
		}
		for _, p := range pairs {
			m.classes[[2]model.ID{p.SessionID, p.UnitID}] = true
		}
	}
	return nil
}

func (m membership) readInvitees(db *gorm.DB, sessions []model.ID, pupils []model.Pupil) error {
	for part := range slices.Chunk(idsOf(pupils), chunk) {
		var rows []model.SessionInvitee
		if err := db.Where("session_id IN ? AND pupil_id IN ?", sessions, part).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			m.invitees[[2]model.ID{r.SessionID, r.PupilID}] = true
		}
	}
	return nil
}

// place is where one check-in can be: the unique key of the table.
type place struct {
	session, pupil model.ID
	side           model.Side
}

func placeOf(c model.CheckIn) place { return place{c.SessionID, c.PupilID, c.Side} }

// readCheckIns reads the check-ins of the pupils in the sessions.
func (s *Service) readCheckIns(db *gorm.DB, sessions, pupils []model.ID) (map[place]model.CheckIn, error) {
	known := map[place]model.CheckIn{}
	for part := range slices.Chunk(pupils, chunk) {
		var rows []model.CheckIn
		if err := s.store.ByIndex(db, "check_ins", "uq_check_ins_session_id_pupil_id_side").Where("session_id IN ? AND pupil_id IN ?", sessions, part).Find(&rows).Error; err != nil {
			return nil, store.Translate(err)
		}
		for _, c := range rows {
			known[placeOf(c)] = c
		}
	}
	return known, nil
}
