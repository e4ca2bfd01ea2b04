package alert

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

var (
	errAcknowledged = model.Conflict("alert_acknowledged", "已有值班人员接手")
	errClosed       = model.Conflict("alert_closed", "这条预警已经办结，请先重新打开")
)

// AcknowledgeIn says what who takes an alert on does now.
type AcknowledgeIn struct {
	Doing      string        `json:"doing" minLength:"1" maxLength:"200" doc:"What the officer does now"`
	WithPerson model.Company `json:"withPerson" doc:"Who is with the person now"`
}

// Acknowledge says that the actor, a duty officer for the alert's unit, takes
// it on. The first one wins and stays, unless the alert is reopened or handed over;
// the same person may say so again.
func (s *Service) Acknowledge(ctx context.Context, actor model.Actor, id model.ID, in AcknowledgeIn) (Alert, error) {
	doing, err := text("doing", in.Doing)
	if err != nil {
		return Alert{}, err
	}
	return s.change(ctx, actor, id, func(tx *gorm.DB, row *model.Alert) error {
		now := s.store.Now()
		switch {
		case row.Status == model.AlertInReview || row.Status == model.AlertClosed:
			return errClosed
		case row.Status == model.AlertAcknowledged && row.AcknowledgedBy == actor.AccountID:
			return nil
		case row.Status == model.AlertAcknowledged && row.HandedTo != actor.AccountID:
			return errAcknowledged
		}
		if row.Status == model.AlertRaised {
			row.AcknowledgedAt = &now
		}
		row.Status, row.AcknowledgedBy, row.HandedTo = model.AlertAcknowledged, actor.AccountID, 0
		if err := tx.Model(row).Select("status", "acknowledged_at", "acknowledged_by", "handed_to").Updates(row).Error; err != nil {
			return err
		}
		entry := model.AlertEntry{Kind: model.EntryAcknowledged, AccountID: actor.AccountID, Choice: string(in.WithPerson)}
		if err := s.writeByHand(tx, row, entry, doing, nil); err != nil {
			return err
		}
		return s.settle(tx, row.ID)
	})
}

// change does what an officer does with an alert, in a transaction that holds its
// row locked, and writes it into the audit log.
func (s *Service) change(ctx context.Context, actor model.Actor, id model.ID, do func(tx *gorm.DB, row *model.Alert) error) (Alert, error) {
	var row model.Alert
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		row = model.Alert{}
		if err := s.store.ForUpdate(tx).Where(s.visibleTo(actor, model.RoleDuty)).Take(&row, "alerts.id = ?", id).Error; err != nil {
			return store.Found(err, "alert")
		}
		if err := do(tx, &row); err != nil {
			return err
		}
		return s.log.Write(tx, actor, entry(row, model.AuditWrite))
	})
	if err != nil {
		return Alert{}, err
	}
	return store.Only(s.alertViews(ctx, actor, []model.Alert{row}))
}
