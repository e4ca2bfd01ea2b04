package lecture

import (
	"cmp"
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

var (
	errCancelled = model.Conflict("session_cancelled", "场次已取消")
	errEnded     = model.Conflict("session_ended", "场次已结束")
)

// Change replaces a session's plan. version is the one that the caller saw: a
// session that has changed since is refused with version_conflict. What has
// ended or been cancelled stays as it is; while a session is open its start
// stays. A make-up's invitees, and so its targets, are fixed.
func (s *Service) Change(ctx context.Context, actor model.Actor, id model.ID, version int, plan Plan) (Session, error) {
	now := s.store.Now()
	if err := plan.check(now); err != nil {
		return Session{}, err
	}
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		session, err := s.runnable(tx, actor, id)
		if err != nil {
			return err
		}
		status := session.StatusAt(now)
		if err := refuseOver(status); err != nil {
			return err
		}
		plan := plan
		if status == model.SessionOpen && !plan.StartsAt.Equal(session.StartsAt) {
			return model.Conflict("session_already_open", "签到已经开始，不能再改开始时间")
		}
		plan.HostID = cmp.Or(plan.HostID, session.HostID)
		targets, err := s.resettle(tx, actor, &session, plan)
		if err != nil {
			return err
		}
		if err := saveVersion(tx, session, version); err != nil {
			return err
		}
		if err := s.retell(tx, session); err != nil {
			return err
		}
		if targets == nil {
			return nil
		}
		if err := tx.Where("session_id = ?", id).Delete(&model.SessionTarget{}).Error; err != nil {
			return err
		}
		return saveTargets(tx, id, targets)
	})
	if err != nil {
		return Session{}, err
	}
	return s.written(ctx, actor, id)
}

// resettle is settle for a session that is there; no targets mean that they stay.
func (s *Service) resettle(tx *gorm.DB, actor model.Actor, session *model.LectureSession, plan Plan) ([]model.ID, error) {
	now := s.store.Now()
	if len(plan.TargetUnitIDs) == 0 {
		if err := s.checkHost(tx, plan.HostID, session.UnitID, now); err != nil {
			return nil, err
		}
		plan.write(session, now)
		return nil, nil
	}
	if session.MakeUpOf != 0 {
		return nil, model.Invalid("targetUnitIds", "make_up_targets_fixed", "补课的对象不能修改")
	}
	lecture, err := lectureOf(tx, *session)
	if err != nil {
		return nil, err
	}
	return s.settle(tx, actor, lecture, session, plan, now)
}

// saveVersion writes the row if it still has the version that was seen.
func saveVersion(tx *gorm.DB, row model.LectureSession, seen int) error {
	row.Version = seen + 1
	saved := tx.Model(&model.LectureSession{}).Where("id = ? AND version = ?", row.ID, seen).
		Select("unit_id", "host_id", "mode", "status", "place", "join_url", "starts_at", "ends_at", "version", "updated_at").Updates(row)
	return store.Changed(saved, model.Conflict("version_conflict", "场次已被他人修改，请刷新后再改"))
}

func refuseOver(status model.SessionStatus) error {
	switch status {
	case model.SessionCancelled:
		return errCancelled
	case model.SessionEnded:
		return errEnded
	}
	return nil
}

// Cancel calls a session off that has not ended. Nobody can check in from
// then on; who had checked in before stays checked in. A repeat changes nothing.
func (s *Service) Cancel(ctx context.Context, actor model.Actor, id model.ID) (Session, error) {
	return s.finish(ctx, actor, id, model.SessionCancelled, nil)
}

// End closes an open session now, before its planned end. A repeat changes nothing.
func (s *Service) End(ctx context.Context, actor model.Actor, id model.ID) (Session, error) {
	return s.finish(ctx, actor, id, model.SessionEnded, errNotOpen)
}

// finish gives the session its last status, whoever else changes it. One that
// has not opened yet is refused by early, where that is not nil.
func (s *Service) finish(ctx context.Context, actor model.Actor, id model.ID, last model.SessionStatus, early error) (Session, error) {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.store.ForUpdate(tx).Select("id").Take(&model.LectureSession{}, "id = ?", id).Error; err != nil {
			return store.Found(err, "session")
		}
		session, err := s.runnable(tx, actor, id)
		if err != nil {
			return err
		}
		now := s.store.Now()
		status := session.StatusAt(now)
		if status == last {
			return nil
		}
		if err := refuseOver(status); err != nil {
			return err
		}
		if status == model.SessionScheduled && early != nil {
			return early
		}
		if last == model.SessionEnded {
			session.EndsAt = now
		}
		session.Status, session.UpdatedAt = last, now
		if err := saveVersion(tx, session, session.Version); err != nil {
			return err
		}
		return s.dropMessages(tx, session.ID)
	})
	if err != nil {
		return Session{}, err
	}
	return s.written(ctx, actor, id)
}
