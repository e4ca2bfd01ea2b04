package lecture

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// Of a retraction the family is told after a while, in which the host may set a slip
// right: who is checked in again by then is told nothing.
const (
	retractionToldAfter  = 10 * time.Minute
	retractionToldWithin = 3 * 24 * time.Hour
)

// causeRetraction is the cause of messages about a check-in that was taken back.
const causeRetraction = "retraction"

// tellRetracted tells the family, and for the pupil's side the pupil's own
// account, that something changed about the session. The reason is the host's
// alone, and the message names nobody.
func (s *Service) tellRetracted(tx *gorm.DB, session model.LectureSession, c model.CheckIn, retraction, class model.ID) error {
	families, err := s.outbox.Families(tx, []model.ID{c.PupilID}, c.Side == model.SidePupil)
	if err != nil {
		return err
	}
	now := s.store.Now()
	var messages []message.Message
	for _, account := range families[c.PupilID] {
		messages = append(messages, message.Message{Kind: message.KindRetracted, CauseKind: causeRetraction, CauseID: retraction, RecipientID: account,
			PupilID: c.PupilID, UnitID: class, Payload: sessionPayload(session), SendAfter: now.Add(retractionToldAfter), CutoffAt: now.Add(retractionToldWithin)})
	}
	return s.outbox.EnqueueOnce(tx, messages...)
}

// RetractionObsolete is the check of message.KindRetracted: who is checked in
// again needs no message, nor does what was taken back once more. A code that waits
// for the host's word is none: it may be refused.
func (s *Service) RetractionObsolete(ctx context.Context, contacts []message.Contact) (map[model.ID]bool, error) {
	db := s.store.Read(ctx)
	var again []model.ID
	err := db.Table("check_in_retractions AS r").
		Joins("LEFT JOIN check_ins AS k ON k.session_id = r.session_id AND k.pupil_id = r.pupil_id AND k.side = r.side AND (k.late = ? OR k.confirmed_at IS NOT NULL)", false).
		Joins("LEFT JOIN check_in_retractions AS n ON n.session_id = r.session_id AND n.pupil_id = r.pupil_id AND n.side = r.side AND n.id > r.id").
		Where("r.id IN ?", store.Each(contacts, func(c message.Contact) model.ID { return c.CauseID })).
		Where("k.id IS NOT NULL OR n.id IS NOT NULL").Distinct().Pluck("r.id", &again).Error
	if err != nil {
		return nil, err
	}
	gone := store.Set(again)
	obsolete := map[model.ID]bool{}
	for _, c := range contacts {
		if gone[c.CauseID] {
			obsolete[c.ID] = true
		}
	}
	return obsolete, nil
}

// takenBack are the places of the sessions and pupils of whom a check-in was taken back.
func takenBack(db *gorm.DB, sessions, pupils []model.ID) (map[place]bool, error) {
	rows, err := store.InParts(pupils, func(part []model.ID, rows *[]model.CheckInRetraction) error {
		return db.Select("session_id", "pupil_id", "side").Where("session_id IN ? AND pupil_id IN ?", sessions, part).Find(rows).Error
	})
	return store.Keyed(rows, func(r model.CheckInRetraction) (place, bool) { return place{r.SessionID, r.PupilID, r.Side}, true }), err
}
