package lecture

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Plan is what can be set of a session.
type Plan struct {
	Mode     model.SessionMode `json:"mode"`
	StartsAt time.Time         `json:"startsAt"`
	EndsAt   time.Time         `json:"endsAt"`
	Place    string            `json:"place,omitempty" maxLength:"200" doc:"Required offline"`
	JoinURL  string            `json:"joinUrl,omitempty" maxLength:"500" doc:"Required online; https"`
	HostID   model.ID          `json:"hostId,omitempty" doc:"An account; the caller where absent"`
	// TargetUnitIDs are the units whose classes the session is for: needed to
	// schedule it, kept where a change has none, and never of a make-up.
	TargetUnitIDs []model.ID `json:"-"`
}

// The bounds of a plan.
const (
	maxTargets       = 200
	maxHours         = 24 * time.Hour      // of a session in one place
	maxHomeVisitSpan = 31 * 24 * time.Hour // of a round of visits
	farAhead         = 366 * 24 * time.Hour
	farBack          = 30 * 24 * time.Hour // what was held without a phone can be entered later
)

// check judges what can be judged without the database, and brings the plan
// to its stored form.
func (p *Plan) check(now time.Time) error {
	p.StartsAt, p.EndsAt = model.Instant(p.StartsAt), model.Instant(p.EndsAt)
	longest := maxHours
	if p.Mode == model.SessionHomeVisit {
		longest = maxHomeVisitSpan
	}
	switch {
	case !p.EndsAt.After(p.StartsAt):
		return model.Invalid("endsAt", "ends_before_start", "结束时间应在开始时间之后")
	case p.EndsAt.Sub(p.StartsAt) > longest:
		return model.Invalid("endsAt", "session_too_long", "场次时间太长")
	case p.StartsAt.Before(now.Add(-farBack)) || p.StartsAt.After(now.Add(farAhead)):
		return model.Invalid("startsAt", "start_out_of_range", "开始时间太早或太晚")
	}
	switch p.Mode {
	case model.SessionOnline:
		link, err := url.Parse(p.JoinURL)
		if err != nil || link.Scheme != "https" || link.Host == "" || link.User != nil {
			return model.Invalid("joinUrl", "join_url_invalid", "请填写以https开头的入会链接")
		}
		p.Place = ""
	case model.SessionOffline:
		if p.Place == "" {
			return model.Invalid("place", "place_required", "请填写地点")
		}
		p.JoinURL = ""
	case model.SessionHomeVisit:
		p.JoinURL = ""
	default:
		return model.Invalid("mode", "mode_invalid", "请选择线上、线下或家访")
	}
	return nil
}

// Schedule adds a session of a lecture for units at or below the caller's own
// (as a teacher or manager) and below the unit that publishes the lecture. It
// belongs to the lowest unit that stands above all its targets: whoever
// manages that unit, or one above, can run it like its host.
func (s *Service) Schedule(ctx context.Context, actor model.Actor, lectureID model.ID, plan Plan) (Session, error) {
	now := s.store.Now()
	if err := plan.check(now); err != nil {
		return Session{}, err
	}
	plan.HostID = cmp.Or(plan.HostID, actor.AccountID)
	session := model.LectureSession{ID: s.store.NewID(), LectureID: lectureID, Status: model.SessionScheduled, Version: 1, CreatedBy: actor.AccountID, CreatedAt: now}
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		var lecture model.Lecture
		if err := tx.Where(s.lecturesVisibleTo(actor)).Take(&lecture, "lectures.id = ?", lectureID).Error; err != nil {
			return store.Found(err, "lecture")
		}
		row := session
		targets, err := s.settle(tx, actor, lecture, &row, plan, now)
		if err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return saveTargets(tx, row.ID, targets)
	})
	if err != nil {
		return Session{}, err
	}
	return s.written(ctx, actor, session.ID)
}

// settle checks targets and host and writes the plan into the row; it returns
// the targets, each once.
func (s *Service) settle(tx *gorm.DB, actor model.Actor, lecture model.Lecture, row *model.LectureSession, plan Plan, now time.Time) ([]model.ID, error) {
	own := actor.UnitsAs(now, model.Hosts...)
	targets, err := checkTargets(tx, lecture, plan.TargetUnitIDs, own)
	if err != nil {
		return nil, err
	}
	if row.UnitID, err = store.LowestAbove(tx, targets); err != nil {
		return nil, err
	}
	if err := s.checkHost(tx, plan.HostID, row.UnitID, now); err != nil {
		return nil, err
	}
	plan.write(row, now)
	return targets, nil
}

func (p Plan) write(row *model.LectureSession, now time.Time) {
	row.HostID, row.Mode, row.Place, row.JoinURL = p.HostID, p.Mode, p.Place, p.JoinURL
	row.StartsAt, row.EndsAt, row.UpdatedAt = p.StartsAt, p.EndsAt, now
}

// checkTargets refuses, naming its place, a unit that the caller has no say
// over, or whose classes don't owe the lecture.
func checkTargets(tx *gorm.DB, lecture model.Lecture, ids, own []model.ID) ([]model.ID, error) {
	if len(ids) == 0 || len(ids) > maxTargets {
		return nil, model.Invalid("targetUnitIds", "targets_count_invalid", "请选择1到200个单位")
	}
	sorted := store.Distinct(slices.Clone(ids))
	mine, err := unit.ListIDs(tx, unit.IDs(sorted...), unit.InUse(), unit.Below(own...))
	if err != nil {
		return nil, err
	}
	owing, err := unit.ListIDs(tx, unit.IDs(sorted...), unit.InUse(), unit.Below(lecture.UnitID))
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		field := fmt.Sprintf("targetUnitIds[%d]", i)
		if !slices.Contains(mine, id) {
			return nil, model.Invalid(field, "target_not_yours", "只能选择本单位及下级单位")
		}
		if !slices.Contains(owing, id) {
			return nil, model.Invalid(field, "target_outside_lecture", "这一讲不面向该单位")
		}
	}
	return sorted, nil
}

// checkHost requires a teacher or manager at, above or below the session's unit.
func (s *Service) checkHost(tx *gorm.DB, host, unit model.ID, now time.Time) error {
	around := func(column string) store.Cond { return store.Around(column, []model.ID{unit}) }
	eligible, err := s.accounts.Holds(tx, host, now, model.Hosts, around)
	if err == nil && !eligible {
		return model.Invalid("hostId", "host_not_eligible", "主持人应是相关单位的教师或管理员")
	}
	return err
}

func saveTargets(tx *gorm.DB, session model.ID, units []model.ID) error {
	rows := store.Each(units, func(u model.ID) model.SessionTarget { return model.SessionTarget{SessionID: session, UnitID: u} })
	return tx.Create(&rows).Error
}
