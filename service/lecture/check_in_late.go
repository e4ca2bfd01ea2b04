package lecture

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// LateCheckIn is a check-in that waits for the host's decision: its code was
// shown in time but sent later, and may have been photographed; or it came after
// the host had taken one back.
type LateCheckIn struct {
	ID         model.ID   `json:"id"`
	PupilID    model.ID   `json:"pupilId"`
	Name       string     `json:"name"`
	Mark       string     `gorm:"-" json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID    model.ID   `json:"classId"`
	ClassName  string     `json:"className"`
	Side       model.Side `json:"side"`
	At         time.Time  `json:"at" doc:"When the code was shown"`
	ReceivedAt time.Time  `json:"receivedAt"`
	Retracted  bool       `json:"retracted,omitempty" doc:"A check-in of the pupil there was taken back before"`
}

var lateByArrival = store.Ascending(func(c LateCheckIn) store.Keys { return store.Keys{c.ID} }, "k.id")

// LateCheckIns lists what waits for the decision of the session's host, in the
// order of arrival.
func (s *Service) LateCheckIns(ctx context.Context, actor model.Actor, session model.ID, page store.PageRequest) (store.Page[LateCheckIn], error) {
	db := s.store.Read(ctx)
	if _, err := s.runnable(db, actor, session); err != nil {
		return store.Page[LateCheckIn]{}, err
	}
	q := family.JoinPupil("k.pupil_id")(db.Table("check_ins AS k")).Joins(unit.Join("u", "p.class_id")).
		Where("k.session_id = ? AND k.late = ? AND k.confirmed_at IS NULL AND k.refused_at IS NULL", session, true).
		Select("k.id, k.pupil_id, p.name, p.class_id, u.name AS class_name, k.side, k.at, k.received_at, " +
			"EXISTS (SELECT 1 FROM check_in_retractions AS r WHERE r.session_id = k.session_id AND r.pupil_id = k.pupil_id AND r.side = k.side) AS retracted")
	rows, next, err := lateByArrival.Read(q, page)
	if err != nil {
		return store.Page[LateCheckIn]{}, err
	}
	marks, err := s.marks.Of(db, store.Each(rows, func(c LateCheckIn) model.ID { return c.PupilID }))
	for i := range rows {
		rows[i].Mark = marks[rows[i].PupilID]
	}
	return store.Page[LateCheckIn]{Items: rows, NextCursor: next}, err
}

// Decided counts what a decision on late check-ins changed; already counts those
// that had been decided before.
type Decided struct {
	Decided int `json:"decided"`
	Already int `json:"already"`
}

// maxDecided is how many late check-ins one call decides.
const maxDecided = 500

// ConfirmLate makes late check-ins count, also ones refused before.
func (s *Service) ConfirmLate(ctx context.Context, actor model.Actor, session model.ID, ids []model.ID) (Decided, error) {
	return s.decide(ctx, actor, session, ids, "confirmed_at", func(c model.CheckIn) bool { return !c.Counts() })
}

// RefuseLate refuses late check-ins. One that counts already is left as it is.
func (s *Service) RefuseLate(ctx context.Context, actor model.Actor, session model.ID, ids []model.ID) (Decided, error) {
	return s.decide(ctx, actor, session, ids, "refused_at", model.CheckIn.Pending)
}

func (s *Service) decide(ctx context.Context, actor model.Actor, id model.ID, ids []model.ID, column string, open func(model.CheckIn) bool) (Decided, error) {
	if len(ids) == 0 || len(ids) > maxDecided {
		return Decided{}, model.Invalid("checkInIds", "check_ins_count_invalid", "请选择1到500条")
	}
	var out Decided
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		session, err := s.runnable(tx, actor, id)
		if err != nil {
			return err
		}
		if session.Status == model.SessionCancelled {
			return errCancelled
		}
		rows, err := s.lockCheckIns(tx, id, ids)
		if err != nil {
			return err
		}
		due := slices.DeleteFunc(slices.Clone(rows), func(c model.CheckIn) bool { return !open(c) })
		out = Decided{Decided: len(due), Already: len(rows) - len(due)}
		change, err = s.writeDecision(tx, actor, session, due, column)
		return err
	})
	if err != nil {
		return Decided{}, err
	}
	s.coverage.Publish(ctx, change)
	return out, nil
}

// lockCheckIns reads check-ins of the session after locking their pupils.
func (s *Service) lockCheckIns(tx *gorm.DB, session model.ID, ids []model.ID) ([]model.CheckIn, error) {
	var pupils []model.ID
	if err := tx.Model(&model.CheckIn{}).Where("session_id = ? AND id IN ?", session, ids).Pluck("pupil_id", &pupils).Error; err != nil {
		return nil, err
	}
	if _, err := family.Lock(s.store, tx, pupils); err != nil {
		return nil, err
	}
	var rows []model.CheckIn
	if err := tx.Where("session_id = ? AND id IN ?", session, ids).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	for i, id := range ids {
		if !slices.ContainsFunc(rows, func(c model.CheckIn) bool { return c.ID == id }) {
			return nil, model.Invalid(fmt.Sprintf("checkInIds[%d]", i), "check_in_unknown", "本场次没有这条签到")
		}
	}
	return rows, nil
}

func (s *Service) writeDecision(tx *gorm.DB, actor model.Actor, session model.LectureSession, due []model.CheckIn, column string) (coverage.Change, error) {
	if len(due) == 0 {
		return coverage.Change{}, nil
	}
	lecture, err := lectureOf(tx, session)
	if err != nil {
		return coverage.Change{}, err
	}
	ids := store.Each(due, func(c model.CheckIn) model.ID { return c.ID })
	err = tx.Model(&model.CheckIn{}).Where("id IN ? AND confirmed_at IS NULL", ids).
		Updates(map[string]any{column: s.store.Now(), "decided_by": actor.AccountID}).Error
	if err != nil || column != "confirmed_at" {
		return coverage.Change{}, err
	}
	return s.coverage.Record(tx, store.Each(due, func(c model.CheckIn) coverage.Mark {
		return coverage.Mark{Item: lecture.Item(), Side: c.Side, PupilID: c.PupilID, At: c.At, Covered: true, How: session.Cover(), CauseID: c.ID}
	}))
}
