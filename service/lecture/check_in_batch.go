package lecture

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// arrival is one call to check in, proved by a code, on its way to the database.
type arrival struct {
	session    model.ID
	account    model.ID
	self       model.ID   // the pupil whose own account it is, or zero
	pupils     []model.ID // asked for; none: all own ones whom the session is for
	mode       model.CheckInMode
	step       step
	late       bool
	receivedAt time.Time
}

// at is the time that counts: for a late one that of its code, as nothing
// else about it is proved.
func (a arrival) at() time.Time {
	if a.late {
		return a.step.start()
	}
	return a.receivedAt
}

// reply is the answer to one arrival: items or a refusal of this one alone.
type reply struct {
	items []CheckedIn
	err   error
}

// commitArrivals judges and writes a batch in one transaction. The number of
// statements does not grow with the batch, but for every 500 pupils.
func (s *Service) commitArrivals(ctx context.Context, batch []arrival) ([]reply, error) {
	var replies []reply
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		replies, change, err = s.admit(tx, batch)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.coverage.Publish(ctx, change)
	return replies, nil
}

func (s *Service) admit(tx *gorm.DB, batch []arrival) ([]reply, coverage.Change, error) {
	gate, err := s.openGate(tx, batch)
	if err != nil {
		return nil, coverage.Change{}, err
	}
	replies := make([]reply, len(batch))
	var wanted []attendance
	owner := make([]int, 0, len(batch)) // of each wanted: its place in the batch
	for i, a := range batch {
		list, err := gate.judge(a)
		if err != nil {
			replies[i].err = err
			continue
		}
		for range list {
			owner = append(owner, i)
		}
		wanted = append(wanted, list...)
	}
	outcomes, change, err := s.attend(tx, gate.pupils, wanted)
	if err != nil {
		return nil, coverage.Change{}, err
	}
	for k, item := range outcomes {
		r := &replies[owner[k]]
		r.items = append(r.items, item)
	}
	return replies, change, nil
}

// gate holds all that a batch's arrivals are judged by, read within the
// transaction that admits them.
type gate struct {
	sessions map[model.ID]heldSession
	pupils   family.Locked
	children map[model.ID][]model.ID // of each account
	refusals map[family.Subject]*model.Error
	invited  membership
}

// heldSession is a session with what its lecture says.
type heldSession struct {
	model.LectureSession
	item  model.Item
	sides model.Sides
}

func (s *Service) openGate(tx *gorm.DB, batch []arrival) (*gate, error) {
	g := &gate{}
	var sessions, accounts, selves []model.ID
	for _, a := range batch {
		sessions = append(sessions, a.session)
		if a.self != 0 {
			selves = append(selves, a.self)
		}
		accounts = append(accounts, a.account)
	}
	var err error
	if g.sessions, err = readHeld(tx, distinct(sessions)); err != nil {
		return nil, err
	}
	if g.children, err = readChildren(tx, distinct(accounts)); err != nil {
		return nil, err
	}
	ids := slices.Clone(selves)
	for _, list := range g.children {
		ids = append(ids, list...)
	}
	if g.pupils, err = family.Lock(s.store, tx, ids); err != nil {
		return nil, err
	}
	if g.invited, err = readMembership(tx, heldSessions(g.sessions), slices.Collect(maps.Values(g.pupils))); err != nil {
		return nil, err
	}
	g.refusals, err = family.Refusals(tx, model.PurposeLearning, model.DateOf(s.store.Now()), g.subjects(batch))
	return g, err
}

// own are the pupils for whom the arrival's account can speak.
func (g *gate) own(a arrival) []model.ID {
	if a.self != 0 {
		return []model.ID{a.self}
	}
	return g.children[a.account]
}

// subjects are all accounts of the batch with each of their own pupils.
func (g *gate) subjects(batch []arrival) []family.Subject {
	var list []family.Subject
	for _, a := range batch {
		for _, id := range g.own(a) {
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
		return nil, store.Translate(err)
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

func heldSessions(held map[model.ID]heldSession) []model.LectureSession {
	sessions := make([]model.LectureSession, 0, len(held))
	for _, h := range held {
		sessions = append(sessions, h.LectureSession)
	}
	return sessions
}

func readChildren(db *gorm.DB, accounts []model.ID) (map[model.ID][]model.ID, error) {
	children := map[model.ID][]model.ID{}
	for part := range slices.Chunk(accounts, chunk) {
		var rows []model.Guardianship
		err := db.Select("account_id", "pupil_id").Where("account_id IN ?", part).Order("account_id, pupil_id").Find(&rows).Error
		if err != nil {
			return nil, store.Translate(err)
		}
		for _, r := range rows {
			children[r.AccountID] = append(children[r.AccountID], r.PupilID)
		}
	}
	return children, nil
}

// judge answers whom the arrival checks in, or why it is refused.
func (g *gate) judge(a arrival) ([]attendance, error) {
	session, ok := g.sessions[a.session]
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
	pupils, err := g.whom(a, session.LectureSession)
	if err != nil {
		return nil, err
	}
	list := make([]attendance, 0, 2*len(pupils))
	for _, id := range pupils {
		if refusal := g.refusals[family.Subject{AccountID: a.account, PupilID: id}]; refusal != nil {
			return nil, refusal
		}
		for _, side := range sides.List() {
			list = append(list, attendance{session: session, pupil: id, side: side, account: a.account, mode: a.mode, at: a.at(), receivedAt: a.receivedAt, late: a.late})
		}
	}
	return list, nil
}

// whom picks the pupils: those asked for, who must all be the caller's and the
// session be for them, or all that are.
func (g *gate) whom(a arrival, session model.LectureSession) ([]model.ID, error) {
	own := g.own(a)
	if len(a.pupils) == 0 {
		var list []model.ID
		for _, id := range own {
			if g.invited.includes(session, g.pupils[id]) {
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
		if !g.invited.includes(session, g.pupils[id]) {
			return nil, model.Invalid(fmt.Sprintf("pupilIds[%d]", i), "pupil_not_in_session", "该学生不在本场次的名单里")
		}
	}
	return distinct(slices.Clone(a.pupils)), nil
}
