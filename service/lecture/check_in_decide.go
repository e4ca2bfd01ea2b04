package lecture

import (
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// evidence is all that a batch's attempts are decided by, read within the
// transaction that writes them.
type evidence struct {
	sessions map[model.ID]heldSession
	pupils   family.Locked
	children map[model.ID][]model.ID // of each account
	refusals map[family.Subject]*model.Error
	invited  participation
}

// heldSession is a session with what its lecture says.
type heldSession struct {
	model.LectureSession
	item  model.Item
	sides model.Sides
}

func (s *Service) readEvidence(tx *gorm.DB, batch []attempt) (*evidence, error) {
	e := &evidence{}
	sessions := store.Each(batch, func(a attempt) model.ID { return a.session })
	accounts := store.Each(batch, func(a attempt) model.ID { return a.account })
	var err error
	if e.sessions, err = readHeld(tx, store.Distinct(sessions)); err != nil {
		return nil, err
	}
	if e.children, err = family.Children(tx, store.Distinct(accounts)); err != nil {
		return nil, err
	}
	ids := slices.Concat(slices.Collect(maps.Values(e.children))...)
	for _, a := range batch {
		if a.self != 0 {
			ids = append(ids, a.self)
		}
	}
	if e.pupils, err = family.Lock(s.store, tx, ids); err != nil {
		return nil, err
	}
	held := store.Each(slices.Collect(maps.Values(e.sessions)), func(h heldSession) model.LectureSession { return h.LectureSession })
	if e.invited, err = readParticipation(tx, held, slices.Collect(maps.Values(e.pupils))); err != nil {
		return nil, err
	}
	e.refusals, err = family.Refusals(tx, model.PurposeLearning, model.DateOf(s.store.Now()), e.subjects(batch))
	return e, err
}

// own are the pupils for whom the attempt's account can speak.
func (e *evidence) own(a attempt) []model.ID {
	if a.self != 0 {
		return []model.ID{a.self}
	}
	return e.children[a.account]
}

// subjects are all accounts of the batch with each of their own pupils.
func (e *evidence) subjects(batch []attempt) []family.Subject {
	var list []family.Subject
	for _, a := range batch {
		for _, id := range e.own(a) {
			list = append(list, family.Subject{AccountID: a.account, PupilID: id})
		}
	}
	return list
}

// readHeld reads sessions with their lectures in one statement.
func readHeld(db *gorm.DB, ids []model.ID) (map[model.ID]heldSession, error) {
	var rows []struct {
		model.LectureSession
		OwnerID                 model.ID
		ForPupils, ForGuardians bool
	}
	err := db.Model(&model.LectureSession{}).Joins("JOIN lectures AS l ON l.id = lecture_sessions.lecture_id").
		Where("lecture_sessions.id IN ?", ids).Select("lecture_sessions.*, l.unit_id AS owner_id, l.for_pupils, l.for_guardians").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	held := make(map[model.ID]heldSession, len(rows))
	for _, r := range rows {
		held[r.ID] = heldSession{
			LectureSession: r.LectureSession,
			item:           model.Item{Kind: model.ItemLecture, ID: r.LectureID, UnitID: r.OwnerID},
			sides:          model.Sides{ForPupils: r.ForPupils, ForGuardians: r.ForGuardians},
		}
	}
	return held, nil
}

// decide returns the check-ins that the attempt asks for, or why it is refused.
func (e *evidence) decide(a attempt) ([]attendance, error) {
	session, ok := e.sessions[a.session]
	if !ok {
		return nil, errToken // the code is genuine, but what it was for is gone
	}
	if session.Status == model.SessionCancelled {
		return nil, errCancelled
	}
	// The whole step counts: a code that was shown at any moment of the open time is good.
	if !a.step.end().After(session.OpensAt()) || !a.step.start().Before(session.EndsAt) {
		return nil, errNotOpen
	}
	sides := session.sides
	if a.self != 0 {
		sides.ForGuardians = false
		if !sides.ForPupils {
			return nil, model.Conflict("lecture_not_for_pupils", "这一讲面向家长，请家长签到")
		}
	}
	pupils, err := e.pupilsOf(a, session.LectureSession)
	if err != nil {
		return nil, err
	}
	list := make([]attendance, 0, 2*len(pupils))
	for _, id := range pupils {
		if refusal := e.refusals[family.Subject{AccountID: a.account, PupilID: id}]; refusal != nil {
			return nil, refusal
		}
		for _, side := range sides.List() {
			list = append(list, attendance{session: session, pupil: id, side: side, account: a.account, mode: a.mode, at: a.at(), receivedAt: a.receivedAt, late: a.late})
		}
	}
	return list, nil
}

// pupilsOf returns the pupils whom the attempt is for: those asked for, who must
// all be the caller's and take part in the session, or all who do.
func (e *evidence) pupilsOf(a attempt, session model.LectureSession) ([]model.ID, error) {
	own := e.own(a)
	if len(a.pupils) == 0 {
		var list []model.ID
		for _, id := range own {
			if e.invited.includes(session, e.pupils[id]) {
				list = append(list, id)
			}
		}
		if len(list) == 0 {
			return nil, model.Conflict("session_not_for_you", "您的孩子不在本场次的名单里")
		}
		return list, nil
	}
	for i, id := range a.pupils {
		if !slices.Contains(own, id) {
			return nil, model.NotFound("pupil")
		}
		if !e.invited.includes(session, e.pupils[id]) {
			return nil, model.Invalid(fmt.Sprintf("pupilIds[%d]", i), "pupil_not_in_session", "该学生不在本场次的名单里")
		}
	}
	return store.Distinct(slices.Clone(a.pupils)), nil
}
