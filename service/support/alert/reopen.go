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
	ReopenedBy     model.ID  `json:"reopenedBy,omitempty" doc:"Absent where silence or a new sign did it"`
}

// Reopen has an alert that a human has taken on wait again, for the whole time of
// its level from now on, with the reason. A duty officer for the alert's unit may,
// who acknowledged it or whose post is at a unit above that one:
// errReopenFromAbove refuses the others. One that is closed, or waits for its
// review, any of them may. Who had acknowledged it stays known. An alert that waits
// already is returned as it is.
func (s *Service) Reopen(ctx context.Context, actor model.Actor, id model.ID, reason string) (Alert, error) {
	reason, err := text("reason", reason)
	if err != nil {
		return Alert{}, err
	}
	return s.change(ctx, actor, id, func(tx *gorm.DB, row *model.Alert) error {
		if row.Status == model.AlertRaised {
			return nil
		}
		if row.Status == model.AlertAcknowledged && row.AcknowledgedBy != actor.AccountID {
			above, err := store.Exists(tx.Model(&model.Alert{}).Where("alerts.id = ?", id).
				Where(store.BelowOther("alerts.unit_id", actor.UnitsAs(s.store.Now(), model.RoleDuty))))
			if err != nil {
				return err
			}
			if !above {
				return errReopenFromAbove
			}
		}
		return s.raiseAgain(tx, row, actor.AccountID, model.ReopenByHand, reason)
	})
}

// raiseAgain has the alert, locked, wait again in a new episode: its steps begin
// anew, and what was due of the one before means nothing any more.
func (s *Service) raiseAgain(tx *gorm.DB, row *model.Alert, by model.ID, why model.ReopenReason, reason string) error {
	now := s.store.Now()
	due, err := s.dueAt(tx, *row, now)
	if err != nil {
		return err
	}
	if row.AcknowledgedAt == nil { // said again, and worse
		if due.After(row.DueAt) {
			due = row.DueAt
		}
	} else {
		reopening := model.AlertReopening{ID: s.store.NewID(), AlertID: row.ID, DueAt: row.DueAt, AcknowledgedAt: *row.AcknowledgedAt,
			AcknowledgedBy: row.AcknowledgedBy, ReopenedAt: now, ReopenedBy: by}
		if err := tx.Create(&reopening).Error; err != nil {
			return err
		}
		if err := s.write(tx, row, model.AlertEntry{Kind: model.EntryReopened, AccountID: by, Choice: string(why)}, reason); err != nil {
			return err
		}
	}
	if err := s.settle(tx, row.ID); err != nil {
		return err
	}
	row.Status, row.DueAt, row.AcknowledgedAt, row.AcknowledgedBy = model.AlertRaised, due, nil, 0
	row.NextAt, row.EntryAt, row.HandedTo, row.ClosedAt, row.ClosedBy, row.ReviewedAt, row.ReviewedBy = nil, nil, 0, nil, 0, nil, 0
	row.Episode++
	err = tx.Model(row).Select("status", "due_at", "acknowledged_at", "acknowledged_by", "next_at", "entry_at", "handed_to", "closed_at", "closed_by",
		"reviewed_at", "reviewed_by", "episode").Updates(row).Error
	if err != nil {
		return err
	}
	again := *row
	again.RaisedAt = now
	return s.escalate(tx, again)
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
