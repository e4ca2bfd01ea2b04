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

func (a attendance) row(id model.ID) model.CheckIn {
	return model.CheckIn{ID: id, SessionID: a.session.ID, PupilID: a.pupil, Side: a.side, AccountID: a.account, Mode: a.mode,
		At: a.at, ReceivedAt: a.receivedAt, Late: a.late}
}

// byCode reports whether the family brought a code, and no host saw who came.
func (a attendance) byCode() bool {
	return a.mode == model.CheckInScan || a.mode == model.CheckInDigits
}

// attend writes attendances of pupils whom the caller's transaction has locked,
// with their coverage, and returns what became of each, in order. The first at a place stays,
// except that a proved one replaces a late one that does not count.
//
// Where the host has taken one back, a code proves nothing more: it may have been sent
// on, and is in reach as long as the session lasts. Such a check-in waits for the host's
// word like a late one. A roll call is that word.
func (s *Service) attend(tx *gorm.DB, pupils family.Locked, wanted []attendance) ([]CheckedIn, coverage.Change, error) {
	if len(wanted) == 0 {
		return nil, coverage.Change{}, nil
	}
	sessions := store.Each(wanted, func(a attendance) model.ID { return a.session.ID })
	ids := store.Each(wanted, func(a attendance) model.ID { return a.pupil })
	known, err := s.readCheckIns(tx, store.Distinct(sessions), store.Distinct(ids))
	if err != nil {
		return nil, coverage.Change{}, err
	}
	retracted, err := takenBack(tx, store.Distinct(sessions), store.Distinct(ids))
	if err != nil {
		return nil, coverage.Change{}, err
	}
	var order []place // in which rows are written
	fresh := map[place]bool{}
	marks := map[place]coverage.Mark{}
	outcomes := make([]CheckedIn, len(wanted))
	for i, a := range wanted {
		at := place{a.session.ID, a.pupil, a.side}
		a.late = a.late || retracted[at] && a.byCode()
		row, exists := known[at]
		status := "already"
		if !exists || !row.Counts() && !a.late {
			status = string(Here)
			if !exists {
				row.ID = s.store.NewID()
			}
			row = a.row(row.ID)
			known[at] = row
			if _, written := fresh[at]; !written {
				fresh[at] = !exists
				order = append(order, at)
			}
			if !a.late {
				marks[at] = coverage.Mark{Item: a.session.item, Side: a.side, PupilID: a.pupil, At: a.at, Covered: true, How: a.session.Cover(), CauseID: row.ID}
			}
		}
		outcomes[i] = CheckedIn{PupilID: a.pupil, Side: a.side, Status: status, At: row.At, Late: !row.Counts()}
	}
	var inserts, updates []model.CheckIn
	var covered []coverage.Mark
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

// place is where one check-in can be: the unique key of the table.
type place struct {
	session, pupil model.ID
	side           model.Side
}

// readCheckIns reads the check-ins of the pupils in the sessions.
func (s *Service) readCheckIns(db *gorm.DB, sessions, pupils []model.ID) (map[place]model.CheckIn, error) {
	rows, err := store.InParts(pupils, func(part []model.ID, rows *[]model.CheckIn) error {
		return s.store.ByIndex(db, "check_ins", "uq_check_ins_session_id_pupil_id_side").Where("session_id IN ? AND pupil_id IN ?", sessions, part).Find(rows).Error
	})
	return store.Keyed(rows, func(c model.CheckIn) (place, model.CheckIn) { return place{c.SessionID, c.PupilID, c.Side}, c }), err
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
