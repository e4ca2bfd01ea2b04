package alert

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// errReopenFromAbove refuses a duty officer beside the one who acknowledged an
// alert: only that one, and those of the units above, judge whether it must wait again.
var errReopenFromAbove = model.Forbidden("reopen_from_above", "只有接手的人，或者上级单位的值班人员，可以重新打开")

// Reopening tells that an alert had been acknowledged, and waits again.
type Reopening struct {
	AcknowledgedAt time.Time `json:"acknowledgedAt"`
	AcknowledgedBy model.ID  `json:"acknowledgedBy"`
	Late           bool      `json:"late" doc:"It was acknowledged after its deadline of that time"`
	ReopenedAt     time.Time `json:"reopenedAt"`
	ReopenedBy     model.ID  `json:"reopenedBy"`
}

// Reopen has an acknowledged alert wait again, for the whole time of its level
// from now on. A duty officer for the alert's unit may, who acknowledged it or
// whose post is at a unit above that one: errReopenFromAbove refuses the others.
// Who had acknowledged it stays known. An alert that waits already is returned as it is.
func (s *Service) Reopen(ctx context.Context, actor model.Actor, id model.ID) (Alert, error) {
	var row model.Alert
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		row = model.Alert{}
		if err := s.store.ForUpdate(tx).Where(s.visibleTo(actor, model.RoleDuty)).Take(&row, "alerts.id = ?", id).Error; err != nil {
			return store.Found(err, "alert")
		}
		if row.Status != model.AlertAcknowledged {
			return nil
		}
		now := s.store.Now()
		if row.AcknowledgedBy != actor.AccountID {
			above, err := store.Exists(tx.Model(&model.Alert{}).Where("alerts.id = ?", id).
				Where(store.BelowOther("alerts.unit_id", actor.UnitsAs(now, model.RoleDuty))))
			if err != nil {
				return err
			}
			if !above {
				return errReopenFromAbove
			}
		}
		reopening := model.AlertReopening{ID: s.store.NewID(), AlertID: id, DueAt: row.DueAt, AcknowledgedAt: *row.AcknowledgedAt,
			AcknowledgedBy: row.AcknowledgedBy, ReopenedAt: now, ReopenedBy: actor.AccountID}
		if err := tx.Create(&reopening).Error; err != nil {
			return err
		}
		row.Status, row.DueAt, row.AcknowledgedAt, row.AcknowledgedBy = model.AlertRaised, now.Add(row.Level.Deadline()), nil, 0
		row.Episode++
		if err := tx.Model(&row).Select("status", "due_at", "acknowledged_at", "acknowledged_by", "episode").Updates(&row).Error; err != nil {
			return err
		}
		again := row
		again.RaisedAt = now
		if err := s.escalate(tx, again); err != nil {
			return err
		}
		return s.log.Write(tx, actor, entry(row, model.AuditWrite))
	})
	if err != nil {
		return Alert{}, err
	}
	return store.Only(s.alertViews(ctx, actor, []model.Alert{row}))
}

// reopenings reads how often each of the alerts was reopened, the first time first.
func reopenings(db *gorm.DB, alerts []model.ID) (map[model.ID][]Reopening, error) {
	var rows []model.AlertReopening
	if err := db.Where(store.In("alert_id", alerts)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	byAlert := map[model.ID][]Reopening{}
	for _, r := range rows {
		byAlert[r.AlertID] = append(byAlert[r.AlertID], Reopening{AcknowledgedAt: r.AcknowledgedAt.UTC(), AcknowledgedBy: r.AcknowledgedBy,
			Late: r.AcknowledgedAt.After(r.DueAt), ReopenedAt: r.ReopenedAt.UTC(), ReopenedBy: r.ReopenedBy})
	}
	return byAlert, nil
}
