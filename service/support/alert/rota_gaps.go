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
	"xinyu/service/unit"
)

// causeRota is the kind of cause of messages about a unit's rota.
const causeRota = "rota"

// uncovered returns when nobody of the unit's rota, or of those above it, is on duty
// in the time for which gaps are looked for, and these rotas. A unit without a rota
// has none.
func (s *Service) uncovered(db *gorm.DB, unitID model.ID, now time.Time) ([]Span, map[model.ID]rota, error) {
	path, err := unit.ListIDs(db, unit.Above(unitID))
	if err != nil {
		return nil, nil, err
	}
	rotas, err := readRotas(db, append([]model.ID{unitID}, path...), now)
	if err != nil {
		return nil, nil, err
	}
	until := now.Add(gapsAhead)
	left := rotas[unitID].gaps(now, until)
	for id, r := range rotas {
		if id != unitID && len(r.shifts) > 0 {
			left = both(left, r.gaps(now, until))
		}
	}
	return left, rotas, nil
}

// both returns the times that lie in a span of either list; each list is in order.
func both(a, b []Span) []Span {
	common := []Span{}
	for _, x := range a {
		for _, y := range b {
			from, until := x.From, x.Until
			if y.From.After(from) {
				from = y.From
			}
			if y.Until.Before(until) {
				until = y.Until
			}
			if from.Before(until) {
				common = append(common, Span{from, until})
			}
		}
	}
	return common
}

// FindGaps is the job that tells the managers of each unit in whose rota, and in all
// above it, nobody is on duty at some time of the coming 14 days. Where a unit has no
// managers, those of the next unit above are told.
func (s *Service) FindGaps(ctx context.Context) error {
	var units []model.ID
	if err := s.store.Read(ctx).Model(&model.DutyRota{}).Order("unit_id").Pluck("unit_id", &units).Error; err != nil {
		return fmt.Errorf("list rotas: %w", err)
	}
	var failed []error
	for _, id := range units {
		if err := s.store.Tx(ctx, func(tx *gorm.DB) error { return s.tellOfGaps(tx, id) }); err != nil {
			failed = append(failed, fmt.Errorf("rota of unit %d: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) tellOfGaps(tx *gorm.DB, unitID model.ID) error {
	now := s.store.Now()
	spans, _, err := s.uncovered(tx, unitID, now)
	if err != nil || len(spans) == 0 {
		return err
	}
	path, err := unit.Path(tx, unitID)
	if err != nil {
		return err
	}
	managers, err := s.accounts.Holders(tx, store.Each(path, func(u model.Unit) model.ID { return u.ID }), now, model.RoleManager)
	if err != nil {
		return err
	}
	for i := len(path) - 1; i >= 0; i-- {
		if told := managers[path[i].ID]; len(told) > 0 {
			return s.outbox.Enqueue(tx, store.Each(told, func(account model.ID) message.Message {
				return message.Message{Kind: message.KindRotaGap, CauseKind: causeRota, CauseID: unitID, RecipientID: account, UnitID: unitID,
					Payload: struct{}{}, SendAfter: now, CutoffAt: now.Add(24 * time.Hour)}
			})...)
		}
	}
	return nil
}
