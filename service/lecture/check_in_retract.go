package lecture

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Retract is a call to take a check-in back.
type Retract struct {
	Reason string     `json:"reason" minLength:"1" maxLength:"200" doc:"Why; kept encrypted"`
	Side   model.Side `json:"side,omitempty" doc:"Whose; absent: the pupil's where the lecture is for pupils, else the guardian's"`
}

// Retracted is a check-in that was taken back.
type Retracted struct {
	ID          model.ID          `json:"id"`
	PupilID     model.ID          `json:"pupilId"`
	Name        string            `json:"name"`
	Mark        string            `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID     model.ID          `json:"classId"`
	ClassName   string            `json:"className"`
	Side        model.Side        `json:"side"`
	Mode        model.CheckInMode `json:"mode" doc:"As the check-in had been taken"`
	At          time.Time         `json:"at" doc:"As the check-in had it"`
	Reason      string            `json:"reason"`
	RetractedBy model.ID          `json:"retractedBy" doc:"The account that took it back"`
	ByName      string            `json:"byName,omitempty" doc:"Its name"`
	RetractedAt time.Time         `json:"retractedAt"`
}

var (
	errNotCounted = model.Conflict("check_in_not_counted", "这条签到还没有计入，请在补交的签到里处理")
	errRollClosed = model.Conflict("roll_closed", "场次结束已超过7天，不能再撤销签到")
)

// Retract takes back the check-in of a pupil, or of the pupil's guardian, with
// what it covered, until a week after the session's end. It is for the session's
// host and the managers of its unit, as the roll call is. Where another session
// of the lecture covers the pupil too, the pupil stays covered by that. Who took
// what back, when and why is kept. The host can check the pupil in anew by a roll call;
// a code that the family brings waits for the host's word then (attend).
func (s *Service) Retract(ctx context.Context, actor model.Actor, id, pupil model.ID, in Retract) (Retracted, error) {
	reason, plain := model.PostText(in.Reason)
	if !plain || reason == "" {
		return Retracted{}, model.Invalid("reason", "reason_malformed", "请写明撤销的原因")
	}
	var made model.ID
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		session, err := s.runnable(tx, actor, id)
		if err != nil {
			return err
		}
		if s.store.Now().After(session.EndsAt.Add(rollCallGrace)) {
			return errRollClosed
		}
		lecture, err := lectureOf(tx, session)
		if err != nil {
			return err
		}
		pupils, err := family.Lock(s.store, tx, []model.ID{pupil})
		if err != nil {
			return err
		}
		var row model.CheckIn
		side := cmp.Or(in.Side, lecture.List()[0])
		if err := tx.Take(&row, "session_id = ? AND pupil_id = ? AND side = ?", id, pupil, side).Error; err != nil {
			return store.Found(err, "check_in")
		}
		if !row.Counts() {
			return errNotCounted
		}
		if made, err = s.keepRetraction(tx, actor, row, reason); err != nil {
			return err
		}
		if err := tx.Delete(&model.CheckIn{}, "id = ?", row.ID).Error; err != nil {
			return err
		}
		instead, err := otherCover(tx, lecture, row)
		if err != nil {
			return err
		}
		change, err = s.coverage.RetractLocked(tx, pupils, []coverage.Retraction{
			{Item: lecture.Item(), Side: row.Side, PupilID: pupil, CauseID: row.ID, Instead: instead}})
		if err != nil {
			return err
		}
		return s.tellRetracted(tx, session, row, made, pupils[pupil].ClassID)
	})
	if err != nil {
		return Retracted{}, err
	}
	s.coverage.Publish(ctx, change)
	list, _, err := s.retractions(s.store.Read(ctx).Where("r.id = ?", made), store.PageRequest{Limit: 1})
	if err == nil && len(list) == 0 {
		err = model.NotFound("check_in")
	}
	if err != nil {
		return Retracted{}, err
	}
	return list[0], nil
}

func (s *Service) keepRetraction(tx *gorm.DB, actor model.Actor, c model.CheckIn, reason string) (model.ID, error) {
	id := s.store.NewID()
	sealed, err := s.vault.Seal(model.RetractionReasonField, id, reason)
	if err != nil {
		return 0, err
	}
	return id, tx.Create(&model.CheckInRetraction{
		ID: id, SessionID: c.SessionID, PupilID: c.PupilID, Side: c.Side, AccountID: c.AccountID, Mode: c.Mode, At: c.At,
		Reason: sealed, RetractedBy: actor.AccountID, RetractedAt: s.store.Now(),
	}).Error
}

// otherCover is the first of the check-ins that cover the pupil on that side of
// the lecture, beside the one that is gone already; nil where there is none.
func otherCover(tx *gorm.DB, lecture model.Lecture, gone model.CheckIn) (*coverage.Mark, error) {
	var rows []struct {
		model.CheckIn
		MakeUpOf    model.ID
		SessionMode model.SessionMode
	}
	err := tx.Table("check_ins AS k").Joins("JOIN lecture_sessions AS s ON s.id = k.session_id").
		Where("s.lecture_id = ? AND k.pupil_id = ? AND k.side = ? AND (k.late = ? OR k.confirmed_at IS NOT NULL)", lecture.ID, gone.PupilID, gone.Side, false).
		Order("k.at, k.id").Limit(1).Select("k.*, s.make_up_of, s.mode AS session_mode").Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	r := rows[0]
	session := model.LectureSession{MakeUpOf: r.MakeUpOf, Mode: r.SessionMode}
	return &coverage.Mark{Item: lecture.Item(), Side: r.Side, PupilID: r.PupilID, At: r.At, Covered: true, How: session.Cover(), CauseID: r.ID}, nil
}

// Retractions lists what was taken back of the session, the newest first, for
// whoever can take back.
func (s *Service) Retractions(ctx context.Context, actor model.Actor, session model.ID, page store.PageRequest) (store.Page[Retracted], error) {
	db := s.store.Read(ctx)
	if _, err := s.runnable(db, actor, session); err != nil {
		return store.Page[Retracted]{}, err
	}
	list, next, err := s.retractions(db.Where("r.session_id = ?", session), page)
	return store.Page[Retracted]{Items: list, NextCursor: next}, err
}

type retractionRow struct {
	model.CheckInRetraction
	Name      string
	ClassID   model.ID
	ClassName string
}

var newestRetractions = store.Descending(func(r retractionRow) store.Keys { return store.Keys{r.ID} }, "r.id")

// retractions reads those of q with their pupils.
func (s *Service) retractions(q *gorm.DB, page store.PageRequest) ([]Retracted, string, error) {
	q = family.JoinPupil("r.pupil_id")(q.Table("check_in_retractions AS r")).Joins(unit.Join("u", "p.class_id")).
		Select("r.*, p.name, p.class_id, u.name AS class_name")
	rows, next, err := newestRetractions.Read(q, page)
	if err != nil {
		return nil, "", err
	}
	fresh := q.Session(&gorm.Session{NewDB: true})
	marks, err := s.marks.Of(fresh, store.Distinct(store.Each(rows, func(r retractionRow) model.ID { return r.PupilID })))
	if err != nil {
		return nil, "", err
	}
	names, err := s.accounts.Names(fresh, store.Distinct(store.Each(rows, func(r retractionRow) model.ID { return r.RetractedBy })))
	if err != nil {
		return nil, "", err
	}
	list := make([]Retracted, len(rows))
	for i, r := range rows {
		reason, err := s.vault.Unseal(model.RetractionReasonField, r.ID, r.Reason)
		if err != nil {
			return nil, "", fmt.Errorf("open %s: %w", model.RetractionReasonField, err)
		}
		list[i] = Retracted{ID: r.ID, PupilID: r.PupilID, Name: r.Name, Mark: marks[r.PupilID], ClassID: r.ClassID, ClassName: r.ClassName, Side: r.Side, Mode: r.Mode, At: r.At,
			Reason: reason, RetractedBy: r.RetractedBy, ByName: names[r.RetractedBy], RetractedAt: r.RetractedAt}
	}
	return list, next, nil
}
