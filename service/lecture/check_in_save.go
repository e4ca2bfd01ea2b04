package lecture

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// attendance is a check-in to be made: by a code or by a roll call.
type attendance struct {
	session    heldSession
	pupil      model.ID
	side       model.Side
	account    model.ID
	mode       model.CheckInMode
	at         time.Time
	receivedAt time.Time
	late       bool
}

func (a attendance) place() place { return place{a.session.ID, a.pupil, a.side} }

func (a attendance) row(id model.ID) model.CheckIn {
	return model.CheckIn{ID: id, SessionID: a.session.ID, PupilID: a.pupil, Side: a.side, AccountID: a.account, Mode: a.mode,
		At: a.at, ReceivedAt: a.receivedAt, Late: a.late}
}

func (a attendance) mark(id model.ID) coverage.Mark {
	return coverage.Mark{Item: a.session.item, Side: a.side, PupilID: a.pupil, At: a.at, Covered: true, How: a.session.Cover(), CauseID: id}
}

// attend writes attendances of pupils whom the caller's transaction has locked,
// with their coverage, and returns what became of each, in order. The first at a place stays,
// except that a proved one replaces a late one that does not count.
func (s *Service) attend(tx *gorm.DB, pupils family.Locked, wanted []attendance) ([]CheckedIn, coverage.Change, error) {
	if len(wanted) == 0 {
		return nil, coverage.Change{}, nil
	}
	known, err := s.knownAt(tx, wanted)
	if err != nil {
		return nil, coverage.Change{}, err
	}
	fresh, changed := map[place]bool{}, map[place]bool{}
	marks := map[place]coverage.Mark{}
	order := make([]place, 0, len(wanted))
	outcomes := make([]CheckedIn, len(wanted))
	for i, a := range wanted {
		at := a.place()
		row, exists := known[at]
		status := "already"
		switch {
		case !exists:
			row = a.row(s.store.NewID())
			fresh[at] = true
			status = string(Here)
		case !row.Counts() && !a.late:
			row = a.row(row.ID)
			status = string(Here)
		}
		if status == string(Here) && !changed[at] {
			changed[at] = true
			order = append(order, at)
		}
		if status == string(Here) && !a.late {
			marks[at] = a.mark(row.ID)
		}
		known[at] = row
		outcomes[i] = CheckedIn{PupilID: a.pupil, Side: a.side, Status: status, At: row.At, Late: !row.Counts()}
	}
	var inserts, updates []model.CheckIn
	covered := make([]coverage.Mark, 0, len(marks))
	for _, at := range order {
		if fresh[at] {
			inserts = append(inserts, known[at])
		} else {
			updates = append(updates, known[at])
		}
		if m, ok := marks[at]; ok {
			covered = append(covered, m)
		}
	}
	if err := saveCheckIns(tx, inserts, updates); err != nil {
		return nil, coverage.Change{}, err
	}
	change, err := s.coverage.RecordLocked(tx, pupils, covered)
	return outcomes, change, err
}

func (s *Service) knownAt(tx *gorm.DB, wanted []attendance) (map[place]model.CheckIn, error) {
	var sessions, ids []model.ID
	for _, a := range wanted {
		sessions, ids = append(sessions, a.session.ID), append(ids, a.pupil)
	}
	return s.readCheckIns(tx, store.Distinct(sessions), store.Distinct(ids))
}

// place is where one check-in can be: the unique key of the table.
type place struct {
	session, pupil model.ID
	side           model.Side
}

func placeOf(c model.CheckIn) place { return place{c.SessionID, c.PupilID, c.Side} }

// readCheckIns reads the check-ins of the pupils in the sessions.
func (s *Service) readCheckIns(db *gorm.DB, sessions, pupils []model.ID) (map[place]model.CheckIn, error) {
	rows, err := store.InParts(pupils, func(part []model.ID, rows *[]model.CheckIn) error {
		return s.store.ByIndex(db, "check_ins", "uq_check_ins_session_id_pupil_id_side").Where("session_id IN ? AND pupil_id IN ?", sessions, part).Find(rows).Error
	})
	return store.Keyed(rows, func(c model.CheckIn) (place, model.CheckIn) { return placeOf(c), c }), err
}

// saveCheckIns inserts, and overwrites by id. The locked pupils keep others
// off these places; the unique index would refuse whoever came without the
// lock, and the whole transaction with it.
func saveCheckIns(tx *gorm.DB, inserts, updates []model.CheckIn) error {
	if len(inserts) > 0 {
		if err := tx.CreateInBatches(inserts, chunk).Error; err != nil {
			return err
		}
	}
	if len(updates) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"account_id", "mode", "at", "received_at", "late", "confirmed_at", "refused_at", "decided_by"}),
	}).CreateInBatches(updates, chunk).Error
}
