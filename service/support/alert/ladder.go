package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

const (
	// stepsATurn bounds the steps of one run of the job.
	stepsATurn = 500
	// joinedWithin is how long the people on duty, once told of an alert of an
	// unknown account, are not told of another one: a flood must not wake them anew.
	joinedWithin = 10 * time.Minute
	// reviewWithin is how long a closed alert waits for its review until the next people are told.
	reviewWithin = 24 * time.Hour
	// causeAlert is the kind of cause of the messages and calls.
	causeAlert = "alert"
)

// escalate writes, in the transaction that raises the alert, the steps with
// which its escalation begins.
func (s *Service) escalate(tx *gorm.DB, alert model.Alert) error {
	return tx.Create(&[]model.AlertStep{
		{ID: s.store.NewID(), AlertID: alert.ID, Episode: alert.Episode, Kind: model.StepTell, DueAt: alert.RaisedAt},
		{ID: s.store.NewID(), AlertID: alert.ID, Episode: alert.Episode, Kind: model.StepBreach, DueAt: alert.DueAt},
	}).Error
}

// Escalate is the job that does the steps that are due. Any number of replicas
// may run it: each step is done once, in one transaction with all that it causes.
// One that fails does not hold up the others; the error names how many failed.
func (s *Service) Escalate(ctx context.Context) error {
	var due []model.AlertStep
	err := s.store.Read(ctx).Where("done_at IS NULL AND due_at <= ?", s.store.Now()).Order("due_at, id").Limit(stepsATurn).Find(&due).Error
	if err != nil {
		return fmt.Errorf("read due steps: %w", err)
	}
	var failed []error
	for _, step := range due {
		if err := s.store.Tx(ctx, func(tx *gorm.DB) error { return s.do(tx, step) }); err != nil {
			failed = append(failed, fmt.Errorf("step %d: %w", step.ID, err))
		}
	}
	return errors.Join(failed...)
}

// do does a step, unless another replica has.
func (s *Service) do(tx *gorm.DB, step model.AlertStep) error {
	now := s.store.Now()
	res := tx.Model(&model.AlertStep{}).Where("id = ? AND done_at IS NULL", step.ID).Update("done_at", now)
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error
	}
	var alert model.Alert
	if err := s.store.ForUpdate(tx).Take(&alert, "id = ?", step.AlertID).Error; err != nil {
		return err
	}
	done := model.AlertStep{ID: step.ID, Outcome: model.StepAcknowledged, UnitID: step.UnitID, Layer: step.Layer}
	if alert.Status == waitsFor[step.Kind] && alert.Episode == step.Episode {
		var err error
		if done, err = s.doKind(tx, alert, step, now); err != nil {
			return err
		}
	}
	return tx.Model(&done).Select("outcome", "unit_id", "layer").Updates(&done).Error
}

// waitsFor is where an alert stands for which a step of the kind means something.
var waitsFor = map[model.StepKind]model.AlertStatus{
	model.StepTell: model.AlertRaised, model.StepBreach: model.AlertRaised, model.StepSilence: model.AlertAcknowledged, model.StepReview: model.AlertInReview,
}

// doKind does a step that still means something, and returns it as it was done.
func (s *Service) doKind(tx *gorm.DB, alert model.Alert, step model.AlertStep, now time.Time) (model.AlertStep, error) {
	switch {
	case step.Kind == model.StepBreach:
		step.Outcome = model.StepBreached
		return step, nil
	case step.Kind == model.StepSilence && alert.NextAt.After(now):
		step.Outcome = model.StepAcknowledged // an entry has come since, with a step of its own
		return step, nil
	case step.Kind == model.StepSilence:
		step.Outcome = model.StepReopened
		return step, s.raiseAgain(tx, &alert, 0, model.ReopenSilence, "")
	}
	return s.tell(tx, alert, step, now)
}

// tell tells the next people, and writes the step after it. It returns the step
// as it was done.
func (s *Service) tell(tx *gorm.DB, alert model.Alert, step model.AlertStep, now time.Time) (model.AlertStep, error) {
	ladder, err := s.ladderOf(tx, alert, now)
	if err != nil {
		return step, err
	}
	next := ladder.after(step)
	step.UnitID, step.Layer = next.unitID, next.layer
	if step.Outcome, err = s.reach(tx, alert, step, next.accounts, now); err != nil {
		return step, err
	}
	wait := reviewWithin
	if step.Kind == model.StepTell {
		times, err := s.timesOf(tx, alert)
		if err != nil {
			return step, err
		}
		wait = times.patience()
	}
	again := model.AlertStep{ID: s.store.NewID(), AlertID: alert.ID, Episode: alert.Episode, Kind: step.Kind, DueAt: now.Add(wait),
		UnitID: step.UnitID, Layer: step.Layer}
	return step, tx.Create(&again).Error
}

// reach tells the accounts, unless they know of another alert of an unknown account,
// and keeps whom it told.
func (s *Service) reach(tx *gorm.DB, alert model.Alert, step model.AlertStep, accounts []model.ID, now time.Time) (model.StepOutcome, error) {
	if len(accounts) == 0 {
		return model.StepNobody, nil
	}
	if alert.Loose {
		known, err := s.knowOfAnother(tx, alert, accounts, now)
		if err != nil || known {
			return model.StepJoined, err
		}
	}
	if err := s.call(tx, alert, step.UnitID, accounts, now); err != nil {
		return "", err
	}
	told := store.Each(accounts, func(account model.ID) model.AlertTelling {
		return model.AlertTelling{StepID: step.ID, AccountID: account}
	})
	return model.StepTold, tx.Create(&told).Error
}

// call writes a message and a call task to each of the accounts, never only one of
// them: nobody knows whether a message was read.
func (s *Service) call(tx *gorm.DB, a model.Alert, unitID model.ID, accounts []model.ID, now time.Time) error {
	times, err := s.timesOf(tx, a)
	if err != nil {
		return err
	}
	cutoff := now.Add(max(times.patience(), time.Hour))
	kind := message.KindAlert
	if a.Drill {
		kind = message.KindDrill
	}
	messages := make([]message.Message, len(accounts))
	for i, account := range accounts {
		messages[i] = message.Message{Kind: kind, CauseKind: causeAlert, CauseID: a.ID, RecipientID: account, UnitID: unitID,
			Payload: struct{}{}, SendAfter: now, CutoffAt: cutoff}
		err := s.calls.Raise(tx, model.CallTask{Queue: model.QueueDuty, UnitID: unitID, RecipientID: account, Kind: kind, CauseKind: causeAlert,
			CauseID: a.ID, Reason: "escalation", DueAt: cutoff})
		if err != nil {
			return err
		}
	}
	return s.outbox.Enqueue(tx, messages...)
}

// knowOfAnother reports whether each of the accounts was told a short while ago
// of another alert of an unknown account which still waits.
func (s *Service) knowOfAnother(tx *gorm.DB, alert model.Alert, accounts []model.ID, now time.Time) (bool, error) {
	var told int64
	err := tx.Table("alert_tellings AS t").Joins("JOIN alert_steps AS p ON p.id = t.step_id").Joins("JOIN alerts AS a ON a.id = p.alert_id").
		Where("t.account_id IN ? AND p.done_at > ?", accounts, now.Add(-joinedWithin)).
		Where("a.id <> ? AND a.loose AND a.status = ?", alert.ID, model.AlertRaised).Distinct("t.account_id").Count(&told).Error
	return int(told) == len(accounts), err
}

// settle takes back, in tx, the messages and calls of an alert that a human has taken on.
func (s *Service) settle(tx *gorm.DB, alert model.ID) error {
	return s.outbox.Drop(tx, causeAlert, alert)
}

// Obsolete is the check of message.KindAlert and KindDrill: an alert that a human
// has taken on needs no message, but to who is asked to take it over or to review it.
func (s *Service) Obsolete(ctx context.Context, contacts []message.Contact) (map[model.ID]bool, error) {
	var rows []model.Alert
	causes := store.Each(contacts, func(c message.Contact) model.ID { return c.CauseID })
	err := s.store.Read(ctx).Select("id", "status", "handed_to").Where(store.In("id", causes)).Find(&rows).Error
	alerts := store.Keyed(rows, func(a model.Alert) (model.ID, model.Alert) { return a.ID, a })
	obsolete := map[model.ID]bool{}
	for _, c := range contacts {
		a := alerts[c.CauseID]
		waits := a.Status == model.AlertRaised || a.Status == model.AlertInReview || a.Status == model.AlertAcknowledged && a.HandedTo == c.RecipientID
		if !waits {
			obsolete[c.ID] = true
		}
	}
	return obsolete, err
}
