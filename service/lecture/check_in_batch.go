package lecture

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
)

// attempt is one call to check in, proved by a code.
type attempt struct {
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
func (a attempt) at() time.Time {
	if a.late {
		return a.step.start()
	}
	return a.receivedAt
}

// outcome is what became of one attempt: its check-ins, or why it was refused.
type outcome struct {
	items []CheckedIn
	err   error
}

// commitCheckIns decides and writes a batch in one transaction. The number of
// statements does not grow with the batch, but for every 500 pupils.
func (s *Service) commitCheckIns(ctx context.Context, batch []attempt) ([]outcome, error) {
	var outcomes []outcome
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		outcomes, change, err = s.checkInAll(tx, batch)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.coverage.Publish(ctx, change)
	return outcomes, nil
}

func (s *Service) checkInAll(tx *gorm.DB, batch []attempt) ([]outcome, coverage.Change, error) {
	known, err := s.readEvidence(tx, batch)
	if err != nil {
		return nil, coverage.Change{}, err
	}
	outcomes := make([]outcome, len(batch))
	var wanted []attendance
	owner := make([]int, 0, len(batch)) // of each wanted: its place in the batch
	for i, a := range batch {
		list, err := known.decide(a)
		if err != nil {
			outcomes[i].err = err
			continue
		}
		for range list {
			owner = append(owner, i)
		}
		wanted = append(wanted, list...)
	}
	checkedIn, change, err := s.attend(tx, known.pupils, wanted)
	if err != nil {
		return nil, coverage.Change{}, err
	}
	for k, item := range checkedIn {
		r := &outcomes[owner[k]]
		r.items = append(r.items, item)
	}
	return outcomes, change, nil
}
