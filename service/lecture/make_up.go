package lecture

import (
	"cmp"
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// MissingPupil is a pupil of a session whom its lecture does not cover yet,
// whether by this session or another.
type MissingPupil struct {
	PupilID   model.ID     `json:"pupilId"`
	Name      string       `json:"name"`
	Mark      string       `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID   model.ID     `json:"classId"`
	ClassName string       `json:"className"`
	Sides     []model.Side `json:"sides" doc:"The sides still owed"`
}

type missingRow struct {
	PupilID             model.ID
	Name                string
	ClassID             model.ID
	ClassName, ClassKey string
	OwesPupil, OwesHome bool
}

var missingByClass = store.Ascending(func(r missingRow) store.Keys { return store.Keys{r.ClassKey, r.ClassID, r.PupilID} }, "u.counting_key", "p.class_id", "p.id")

func (r missingRow) view(marks map[model.ID]string) MissingPupil {
	return MissingPupil{PupilID: r.PupilID, Name: r.Name, Mark: marks[r.PupilID], ClassID: r.ClassID, ClassName: r.ClassName,
		Sides: model.Sides{ForPupils: r.OwesPupil, ForGuardians: r.OwesHome}.List()}
}

// Missing lists, by class, those whom the session was for and who are not
// covered on a side that the lecture is for. Who sees whom is as for Roster.
func (s *Service) Missing(ctx context.Context, actor model.Actor, id model.ID, page store.PageRequest) (store.Page[MissingPupil], error) {
	db := s.store.Read(ctx)
	session, scope, err := s.listed(db, actor, id)
	if err != nil {
		return store.Page[MissingPupil]{}, err
	}
	lecture, err := lectureOf(db, session)
	if err != nil {
		return store.Page[MissingPupil]{}, err
	}
	q := uncovered(db, lecture).Where(scope).Joins(unit.Join("u", "p.class_id")).
		Select("p.id AS pupil_id, p.name, p.class_id, u.name AS class_name, u.counting_key AS class_key,"+
			" CASE WHEN ? AND fp.covered_at IS NULL THEN 1 ELSE 0 END AS owes_pupil, CASE WHEN ? AND fg.covered_at IS NULL THEN 1 ELSE 0 END AS owes_home",
			lecture.ForPupils, lecture.ForGuardians)
	rows, next, err := missingByClass.Read(q, page)
	if err != nil {
		return store.Page[MissingPupil]{}, err
	}
	marks, err := s.marks.Of(db, store.Each(rows, func(r missingRow) model.ID { return r.PupilID }))
	return store.PageOf(rows, next, func(r missingRow) MissingPupil { return r.view(marks) }), err
}

// uncovered is a query over the pupils p on a roster whom the lecture does not
// cover on a side that it is for: fp and fg are the facts of its sides.
func uncovered(db *gorm.DB, lecture model.Lecture) *gorm.DB {
	q := coverage.LeftJoinFact("fp", "p.id", model.ItemLecture, lecture.ID, model.SidePupil)(family.Enrolled(db))
	return coverage.LeftJoinFact("fg", "p.id", model.ItemLecture, lecture.ID, model.SideGuardian)(q).
		Where("(? AND fp.covered_at IS NULL OR ? AND fg.covered_at IS NULL)", lecture.ForPupils, lecture.ForGuardians)
}

// MakeUp adds a session for those of an earlier one who are not covered now:
// they are its invitees, whoever is covered later in another way. It can be
// made once the earlier session has started, or was cancelled.
func (s *Service) MakeUp(ctx context.Context, actor model.Actor, id model.ID, plan Plan) (Session, error) {
	now := s.store.Now()
	if err := plan.check(now); err != nil {
		return Session{}, err
	}
	plan.HostID = cmp.Or(plan.HostID, actor.AccountID)
	made := s.store.NewID()
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		original, err := s.runnable(tx, actor, id)
		if err != nil {
			return err
		}
		if original.Status != model.SessionCancelled && now.Before(original.StartsAt) {
			return model.Conflict("session_not_started", "原场次还没有开始，不能安排补课")
		}
		if err := s.checkHost(tx, plan.HostID, original.UnitID, now); err != nil {
			return err
		}
		row := model.LectureSession{ID: made, LectureID: original.LectureID, UnitID: original.UnitID, Status: model.SessionScheduled,
			MakeUpOf: original.ID, Version: 1, CreatedBy: actor.AccountID, CreatedAt: now}
		plan.write(&row, now)
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		var targets []model.ID
		if err := tx.Model(&model.SessionTarget{}).Where("session_id = ?", id).Order("unit_id").Pluck("unit_id", &targets).Error; err != nil {
			return err
		}
		if err := saveTargets(tx, made, targets); err != nil {
			return err
		}
		if err := invite(tx, original, made); err != nil {
			return err
		}
		return s.announceLater(tx, made, message.KindMakeUp)
	})
	if err != nil {
		return Session{}, err
	}
	return s.written(ctx, actor, made)
}

// invite writes down whom the make-up is for.
func invite(tx *gorm.DB, original model.LectureSession, made model.ID) error {
	lecture, err := lectureOf(tx, original)
	if err != nil {
		return err
	}
	var pupils []model.ID
	if err := uncovered(tx, lecture).Where(participants(tx, original)).Order("p.id").Pluck("p.id", &pupils).Error; err != nil {
		return err
	}
	if len(pupils) == 0 {
		return model.Conflict("nobody_missing", "没有需要补课的学生")
	}
	rows := store.Each(pupils, func(p model.ID) model.SessionInvitee { return model.SessionInvitee{SessionID: made, PupilID: p} })
	return tx.CreateInBatches(rows, 2*chunk).Error
}
