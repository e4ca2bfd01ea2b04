package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

const (
	// repeatedWithin is how long after a human last wrote of an alert it stands for
	// what its account says again: a human is with it. After that it waits anew.
	repeatedWithin = time.Hour
	// newSignWithin is how long a closed alert is reopened by what its account says again.
	newSignWithin = 30 * 24 * time.Hour
	// maxSaid bounds the repetitions of an alert that are kept one by one; more are counted.
	maxSaid = 100
)

// Raise stores an alert in a transaction of its own, so that it stands whatever
// becomes of the call that carried it. An earlier alert of the same account about
// the same person may stand for this one too: see sayAgain.
//
// The caller gives the level, the pupil, the account and whether that is loose.
// A UnitID of zero stands for the root of the tree, so that every alert has a
// reader. The SourceID is what the source will be stored under, if it ever is:
// it must be fresh, as no two alerts have the same.
func (s *Service) Raise(ctx context.Context, alert model.Alert) error {
	_, err := s.raise(ctx, alert, "")
	return err
}

// raise stores the alert with the words it was raised with, if any, and returns
// it, or the earlier one that it has joined. What comes with it is written in the
// same transaction.
func (s *Service) raise(ctx context.Context, alert model.Alert, words string, with ...func(tx *gorm.DB, row model.Alert) error) (model.Alert, error) {
	var row model.Alert
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		// The lock keeps the calls of one account apart.
		if err := s.accounts.Lock(s.store, tx, alert.AccountID); err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		earlier, err := s.earlier(tx, alert)
		if err != nil {
			return err
		}
		if earlier != nil {
			row = *earlier
			err = s.sayAgain(tx, &row, alert, words)
		} else {
			row = alert
			err = s.create(tx, &row, words)
		}
		for _, write := range with {
			if err == nil {
				err = write(tx, row)
			}
		}
		return err
	})
	if err != nil {
		return row, fmt.Errorf("raise alert: %w", err)
	}
	return row, nil
}

func (s *Service) create(tx *gorm.DB, alert *model.Alert, words string) error {
	now := s.store.Now()
	if alert.UnitID == 0 {
		roots, err := unit.List(tx, 1, unit.Roots())
		if err != nil {
			return err
		}
		if len(roots) > 0 {
			alert.UnitID = roots[0].ID
		}
	}
	due, err := s.dueAt(tx, *alert, now)
	if err != nil {
		return err
	}
	alert.ID, alert.Status, alert.RaisedAt, alert.DueAt = s.store.NewID(), model.AlertRaised, now, due
	alert.SourceID = cmp.Or(alert.SourceID, alert.ID)
	alert.Times, alert.Episode = 1, 1
	if err := tx.Create(alert).Error; err != nil {
		return err
	}
	if words != "" {
		if err := s.write(tx, alert, model.AlertEntry{Kind: model.EntryRaised, AccountID: alert.AccountID}, words); err != nil {
			return err
		}
	}
	return s.escalate(tx, *alert)
}

// earlier returns the alert that stands for this one too, locked, or nil: the
// newest one of the same account about the same person that is not closed, or was
// closed a short while ago.
func (s *Service) earlier(tx *gorm.DB, alert model.Alert) (*model.Alert, error) {
	if alert.Drill {
		return nil, nil
	}
	var rows []model.Alert
	err := s.store.ForUpdate(tx).Where("account_id = ? AND pupil_id = ? AND drill = ?", alert.AccountID, alert.PupilID, false).
		Where(store.Any(store.Where("status <> ?", model.AlertClosed), store.Where("closed_at > ?", s.store.Now().Add(-newSignWithin)))).
		Order("id DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// sayAgain keeps that the account of an alert says again what it said, or worse.
// One that nobody has taken on stays as it is, but a more urgent level holds from
// now on and the escalation begins anew. One that a human is with shows it. Any
// other one waits again.
func (s *Service) sayAgain(tx *gorm.DB, row *model.Alert, said model.Alert, words string) error {
	now := s.store.Now()
	row.Times++
	row.RepeatedAt = &now
	err := tx.Model(row).Select("times", "repeated_at").Updates(row).Error
	if err != nil {
		return err
	}
	if row.Times <= maxSaid {
		if err := s.write(tx, row, model.AlertEntry{Kind: model.EntrySaid, AccountID: said.AccountID, SourceID: said.SourceID}, words); err != nil {
			return err
		}
	}
	worse := said.Level.Deadline() < row.Level.Deadline()
	if worse {
		row.Level = said.Level
		if err := tx.Model(row).Update("level", row.Level).Error; err != nil {
			return err
		}
	}
	withIt := row.Status == model.AlertAcknowledged && now.Sub(later(row.AcknowledgedAt, row.EntryAt)) < repeatedWithin
	switch {
	case worse || row.Status != model.AlertRaised && !withIt:
		return s.raiseAgain(tx, row, 0, model.ReopenNewSign, "")
	default:
		return nil
	}
}

// later returns the later one of the times, of which the first is set.
func later(a, b *time.Time) time.Time {
	if b != nil && b.After(*a) {
		return *b
	}
	return *a
}
