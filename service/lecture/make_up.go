package lecture

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// MissingPupil is a pupil of a session whom its lecture does not cover yet,
// whether by this session or another.
type MissingPupil struct {
	PupilID   model.ID     `json:"pupilId"`
	Name      string       `json:"name"`
	ClassID   model.ID     `json:"classId"`
	ClassName string       `json:"className"`
	Sides     []model.Side `json:"sides" enum:"pupil,guardian" doc:"The sides still owed"`
}

type missingRow struct {
	PupilID             model.ID
	Name                string
	ClassID             model.ID
	ClassName           string
	OwesPupil, OwesHome bool
}

var missingByClass = store.Ascending(func(r missingRow) store.Keys { return store.Keys{r.ClassID, r.PupilID} }, "pupils.class_id", "pupils.id")

func (r missingRow) view() MissingPupil {
	return MissingPupil{PupilID: r.PupilID, Name: r.Name, ClassID: r.ClassID, ClassName: r.ClassName,
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
	q := uncovered(db, lecture).Scopes(scope).Joins("JOIN units AS u ON u.id = pupils.class_id").
		Select("pupils.id AS pupil_id, pupils.name, pupils.class_id, u.name AS class_name,"+
			" CASE WHEN ? AND fp.pupil_id IS NULL THEN 1 ELSE 0 END AS owes_pupil, CASE WHEN ? AND fg.pupil_id IS NULL THEN 1 ELSE 0 END AS owes_home",
			lecture.ForPupils, lecture.ForGuardians)
	rows, next, err := missingByClass.Read(q, page)
	return store.PageOf(rows, next, missingRow.view), err
}

// uncovered is a query over the pupils without a covering fact on a side of the lecture.
func uncovered(db *gorm.DB, lecture model.Lecture) *gorm.DB {
	join := func(f string) string {
		return "LEFT JOIN coverage_facts AS " + f + " ON " + f + ".item_kind = ? AND " + f + ".item_id = ? AND " + f + ".side = ? AND " +
			f + ".pupil_id = pupils.id AND " + f + ".covered_at IS NOT NULL"
	}
	return db.Table("pupils").
		Joins(join("fp"), model.ItemLecture, lecture.ID, model.SidePupil).
		Joins(join("fg"), model.ItemLecture, lecture.ID, model.SideGuardian).
		Where("(? AND fp.pupil_id IS NULL OR ? AND fg.pupil_id IS NULL)", lecture.ForPupils, lecture.ForGuardians)
}

// MakeUp adds a session for those of an earlier one who are not covered now:
// they are its invitees, whoever is covered later in another way. It can be
// made once the earlier session has started, or was cancelled.
func (s *Service) MakeUp(ctx context.Context, actor model.Actor, id model.ID, plan Plan) (Session, error) {
	now := s.store.Now()
	if err := plan.check(now); err != nil {
		return Session{}, err
	}
	if plan.HostID == 0 {
		plan.HostID = actor.AccountID
	}
	made := s.store.NewID()
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		original, err := s.runnable(tx, actor, id)
		if err != nil {
			return err
		}
		if original.Status != model.SessionCancelled && now.Before(original.StartsAt) {
			return model.Conflict("session_not_started", "原场次还没有开始，不能安排补课")
		}
		if err := checkHost(tx, plan.HostID, original.UnitID, now); err != nil {
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
	return s.Session(ctx, actor, made)
}

// invite writes down whom the make-up is for.
func invite(tx *gorm.DB, original model.LectureSession, made model.ID) error {
	lecture, err := lectureOf(tx, original)
	if err != nil {
		return err
	}
	var pupils []model.ID
	if err := uncovered(tx, lecture).Scopes(participants(original)).Order("pupils.id").Pluck("pupils.id", &pupils).Error; err != nil {
		return err
	}
	if len(pupils) == 0 {
		return model.Conflict("nobody_missing", "没有需要补课的学生")
	}
	rows := make([]model.SessionInvitee, len(pupils))
	for i, p := range pupils {
		rows[i] = model.SessionInvitee{SessionID: made, PupilID: p}
	}
	return tx.CreateInBatches(rows, 2*chunk).Error
}
