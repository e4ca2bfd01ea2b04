package lecture

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// RollCall is the pupils whom the host finds present, or whose guardians: what
// is for both takes a call for each.
type RollCall struct {
	PupilIDs []model.ID        `json:"pupilIds" minItems:"1" maxItems:"500"`
	Mode     model.CheckInMode `json:"mode,omitempty" enum:"roll_call,home_visit" doc:"Must fit the session; absent: as the session is"`
	Side     model.Side        `json:"side,omitempty" doc:"Who is there; absent: the pupils where the lecture is for them, else the guardians"`
}

// RollCallCounts is what a roll call changed.
type RollCallCounts struct {
	CheckedIn int `json:"checkedIn"`
	Already   int `json:"already"`
}

const (
	maxRollCall = 500
	// rollCallGrace is how long after its end a session's paper list can still be entered.
	rollCallGrace = 7 * 24 * time.Hour
)

// RollCall checks in the pupils whom the host, or a manager of the session's
// unit, saw there: from when the session opens until a week after its end. It
// makes late claims of theirs count. Taking attendance is the school's own
// duty and needs no consent given in the app.
func (s *Service) RollCall(ctx context.Context, actor model.Actor, id model.ID, in RollCall) (RollCallCounts, error) {
	if len(in.PupilIDs) == 0 || len(in.PupilIDs) > maxRollCall {
		return RollCallCounts{}, model.Invalid("pupilIds", "pupils_count_invalid", "请选择1到500名学生")
	}
	var counts RollCallCounts
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.runnable(tx, actor, id); err != nil {
			return err
		}
		held, err := readHeld(tx, []model.ID{id})
		if err != nil {
			return err
		}
		pupils, err := family.Lock(s.store, tx, in.PupilIDs)
		if err != nil {
			return err
		}
		wanted, err := s.call(tx, actor, held[id], pupils, in)
		if err != nil {
			return err
		}
		var outcomes []CheckedIn
		if outcomes, change, err = s.attend(tx, pupils, wanted); err != nil {
			return err
		}
		counts = RollCallCounts{}
		for _, o := range outcomes {
			if o.Status == string(Here) {
				counts.CheckedIn++
			} else {
				counts.Already++
			}
		}
		return nil
	})
	if err != nil {
		return RollCallCounts{}, err
	}
	s.coverage.Publish(ctx, change)
	return counts, nil
}

// call returns the attendances that the roll call finds.
func (s *Service) call(tx *gorm.DB, actor model.Actor, session heldSession, pupils family.Locked, in RollCall) ([]attendance, error) {
	now := s.store.Now()
	if session.Status == model.SessionCancelled {
		return nil, errCancelled
	}
	if now.Before(session.OpensAt()) || now.After(session.EndsAt.Add(rollCallGrace)) {
		return nil, errNotOpen
	}
	mode, side, err := in.settle(session)
	if err != nil {
		return nil, err
	}
	invited, err := readParticipation(tx, []model.LectureSession{session.LectureSession}, slices.Collect(maps.Values(pupils)))
	if err != nil {
		return nil, err
	}
	for i, id := range in.PupilIDs {
		if pupil, known := pupils[id]; !known || !invited.includes(session.LectureSession, pupil) {
			return nil, model.Invalid(fmt.Sprintf("pupilIds[%d]", i), "pupil_not_in_session", "该学生不在本场次的名单里")
		}
	}
	ids := store.Distinct(slices.Clone(in.PupilIDs))
	return store.Each(ids, func(id model.ID) attendance {
		return attendance{session: session, pupil: id, side: side, account: actor.AccountID, mode: mode, at: now, receivedAt: now}
	}), nil
}

func (in RollCall) settle(session heldSession) (model.CheckInMode, model.Side, error) {
	fitting := model.CheckInRollCall
	if session.Mode == model.SessionHomeVisit {
		fitting = model.CheckInHomeVisit
	}
	if in.Mode != "" && in.Mode != fitting {
		return "", "", model.Invalid("mode", "mode_does_not_fit", "点名方式与场次不符")
	}
	side := cmp.Or(in.Side, session.sides.List()[0])
	if !session.sides.Include(side) {
		return "", "", model.Invalid("side", "side_not_in_lecture", "这一讲不面向该对象")
	}
	return fitting, side, nil
}
