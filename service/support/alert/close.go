package alert

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

var (
	errUndecided    = model.Conflict("alert_undecided", "请先记下决定：转介或不转介、安全计划，和理由")
	errNotInReview  = model.Conflict("alert_not_in_review", "这条预警现在不等复核")
	errSecondPerson = model.Forbidden("alert_review_by_second", "复核要由另一位值班人员来做")
)

// Close says that the alert, which a human has taken on, is dealt with, and why.
// It then waits for the review of a second person. A decision must stand since it
// was raised last.
func (s *Service) Close(ctx context.Context, actor model.Actor, id model.ID, reason string) (Alert, error) {
	reason, err := text("reason", reason)
	if err != nil {
		return Alert{}, err
	}
	return s.change(ctx, actor, id, func(tx *gorm.DB, row *model.Alert) error {
		now := s.store.Now()
		switch row.Status {
		case model.AlertRaised:
			return errNotTaken
		case model.AlertInReview, model.AlertClosed:
			if row.ClosedBy == actor.AccountID {
				return nil
			}
			return errClosed
		}
		decided, err := store.Exists(tx.Model(&model.AlertEntry{}).Where("alert_id = ? AND episode = ? AND kind = ?", id, row.Episode, model.EntryDecision))
		if err != nil {
			return err
		}
		if !decided && !row.Drill {
			return errUndecided
		}
		if err := s.write(tx, row, model.AlertEntry{Kind: model.EntryClosed, AccountID: actor.AccountID}, reason); err != nil {
			return err
		}
		row.Status, row.ClosedAt, row.ClosedBy, row.NextAt, row.HandedTo = model.AlertInReview, &now, actor.AccountID, nil, 0
		if err := tx.Model(row).Select("status", "closed_at", "closed_by", "next_at", "handed_to").Updates(row).Error; err != nil {
			return err
		}
		if err := s.settle(tx, id); err != nil {
			return err
		}
		step := model.AlertStep{ID: s.store.NewID(), AlertID: id, Episode: row.Episode, Kind: model.StepReview, DueAt: now}
		return tx.Create(&step).Error
	})
}

// Review agrees, as a second person, that the alert is closed, with what was
// looked at. Who closed it, also by another account of theirs, is refused. Who does
// not agree reopens the alert.
func (s *Service) Review(ctx context.Context, actor model.Actor, id model.ID, note string) (Alert, error) {
	note, err := text("note", note)
	if err != nil {
		return Alert{}, err
	}
	return s.change(ctx, actor, id, func(tx *gorm.DB, row *model.Alert) error {
		if row.Status == model.AlertClosed && row.ReviewedBy == actor.AccountID {
			return nil
		}
		if row.Status != model.AlertInReview {
			return errNotInReview
		}
		same, err := s.phones.Same(tx, row.ClosedBy, actor.AccountID)
		if err != nil {
			return err
		}
		if same || row.ClosedBy == actor.AccountID {
			return errSecondPerson
		}
		now := s.store.Now()
		if err := s.write(tx, row, model.AlertEntry{Kind: model.EntryReviewed, AccountID: actor.AccountID}, note); err != nil {
			return err
		}
		row.Status, row.ReviewedAt, row.ReviewedBy = model.AlertClosed, &now, actor.AccountID
		if err := tx.Model(row).Select("status", "reviewed_at", "reviewed_by").Updates(row).Error; err != nil {
			return err
		}
		return s.settle(tx, id)
	})
}
