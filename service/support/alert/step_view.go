package alert

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Step is what the escalation of an alert did, or when it goes on.
type Step struct {
	Kind    model.StepKind    `json:"kind"`
	At      time.Time         `json:"at" doc:"When it was done; for one that waits, when it is due"`
	Outcome model.StepOutcome `json:"outcome,omitempty" doc:"Absent for one that waits"`
	UnitID  model.ID          `json:"unitId,omitempty" doc:"Whose people on duty were told"`
	Unit    string            `json:"unitName,omitempty"`
	Layer   int               `json:"layer,omitempty" doc:"Of the unit's rota; absent where everybody on duty was told"`
	To      []string          `json:"to,omitempty" doc:"The names of who was told"`
}

// stepsOf reads the steps of the alerts, the first one first. Steps that meant
// nothing any more are left out.
func (s *Service) stepsOf(db *gorm.DB, alerts []model.ID) (map[model.ID][]Step, error) {
	var rows []model.AlertStep
	err := db.Where(store.In("alert_id", alerts)).Where("outcome <> ?", model.StepAcknowledged).Where("NOT (kind IN ? AND done_at IS NULL)", []model.StepKind{model.StepBreach, model.StepSilence, model.StepReview}).
		Order("due_at, id").Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var told []model.AlertTelling
	if err := db.Where(store.In("step_id", store.Each(rows, func(r model.AlertStep) model.ID { return r.ID }))).Order("step_id, account_id").Find(&told).Error; err != nil {
		return nil, err
	}
	names, err := s.accounts.Names(db, store.Distinct(store.Each(told, func(t model.AlertTelling) model.ID { return t.AccountID })))
	if err != nil {
		return nil, err
	}
	units, err := unit.Names(db, store.Distinct(store.Each(rows, func(r model.AlertStep) model.ID { return r.UnitID })))
	if err != nil {
		return nil, err
	}
	to := map[model.ID][]string{}
	for _, t := range told {
		to[t.StepID] = append(to[t.StepID], names[t.AccountID])
	}
	byAlert := map[model.ID][]Step{}
	for _, r := range rows {
		step := Step{Kind: r.Kind, At: r.DueAt.UTC(), Outcome: r.Outcome}
		if r.DoneAt != nil {
			step.At, step.UnitID, step.Unit, step.Layer, step.To = r.DoneAt.UTC(), r.UnitID, units[r.UnitID].Name, r.Layer, to[r.ID]
		}
		byAlert[r.AlertID] = append(byAlert[r.AlertID], step)
	}
	return byAlert, nil
}
