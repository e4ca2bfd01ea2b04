package alert

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Alert is a call for help that a human must acknowledge before DueAt.
type Alert struct {
	ID             model.ID          `json:"id,omitempty" doc:"For duty officers only"`
	Level          model.AlertLevel  `json:"level"`
	Status         model.AlertStatus `json:"status"`
	UnitID         model.ID          `json:"unitId" doc:"The pupil's class, or the room's unit"`
	UnitName       string            `json:"unitName" doc:"With the unit above it"`
	PupilID        model.ID          `json:"pupilId,omitempty" doc:"For duty officers only; absent where an adult asked for themselves"`
	PupilName      string            `json:"pupilName,omitempty" doc:"For duty officers only: they must find the pupil"`
	Mark           string            `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	AccountID      model.ID          `json:"accountId,omitempty" doc:"Who asked, for duty officers only"`
	SourceKind     string            `json:"sourceKind" doc:"booking: an answer to the safety question; talk: a wish to talk to somebody; staff: raised by hand; drill: practice"`
	Drill          bool              `json:"drill,omitempty" doc:"Practice: nobody is in danger"`
	SourceID       model.ID          `json:"sourceId,omitempty" doc:"The booking, for duty officers only; absent where it was refused"`
	RaisedAt       time.Time         `json:"raisedAt" doc:"Managers learn the day, as of all times here: the minute would tell them which booking it was"`
	DueAt          time.Time         `json:"dueAt"`
	Late           bool              `json:"late" doc:"Nobody acknowledged it in time, also before it was reopened"`
	AcknowledgedAt *time.Time        `json:"acknowledgedAt,omitempty"`
	AcknowledgedBy model.ID          `json:"acknowledgedBy,omitempty"`
	Holder         string            `json:"holder,omitempty" doc:"The name of who has it"`
	HandedTo       string            `json:"handedTo,omitempty" doc:"The name of who was asked to take it over"`
	NextAt         *time.Time        `json:"nextAt,omitempty" doc:"By when who has it must write again, or it waits anew; for duty officers only"`
	ClosedAt       *time.Time        `json:"closedAt,omitempty" doc:"When it was closed; with status in_review a second person must review that"`
	ClosedBy       model.ID          `json:"closedBy,omitempty"`
	ReviewedAt     *time.Time        `json:"reviewedAt,omitempty"`
	Claimed        bool              `json:"claimed,omitempty" doc:"Whether the account's claim to the pupil still waits for a teacher: it may be somebody else"`
	Known          bool              `json:"known" doc:"False where the account is tied to no pupil and holds no role; such alerts come after the others"`
	Times          int               `json:"times" doc:"How often it was said"`
	RepeatedAt     *time.Time        `json:"repeatedAt,omitempty" doc:"When it was last said again; this may be after it was acknowledged"`
	Reopened       []Reopening       `json:"reopened,omitempty" doc:"The acknowledgements that were taken back, the first one first"`
	Steps          []Step            `json:"steps,omitempty" doc:"Whom the escalation told, and when it goes on; for duty officers only"`
}

// AlertsIn says which alerts to list.
type AlertsIn struct {
	Status model.AlertStatus `query:"status"` // empty: all
	Open   bool              `query:"open" doc:"Those that are not closed, by their deadlines"`
	store.PageRequest
}

var (
	newestAlerts = store.Descending(func(r model.Alert) store.Keys { return store.Keys{r.ID} }, "alerts.id")
	// dueAlerts puts those of accounts without a tie to a pupil last, so that a flood of them hides no other.
	dueAlerts = store.Ascending(func(r model.Alert) store.Keys {
		loose := model.ID(0)
		if r.Loose {
			loose = 1
		}
		return store.Keys{loose, r.DueAt, r.ID}
	}, "alerts.loose", "alerts.due_at", "alerts.id")
)

func alertView(a model.Alert, now time.Time) Alert {
	handled := now
	if a.AcknowledgedAt != nil {
		handled = *a.AcknowledgedAt
	}
	return Alert{Late: handled.After(a.DueAt), ID: a.ID, Level: a.Level, Status: a.Status, UnitID: a.UnitID, PupilID: a.PupilID, AccountID: a.AccountID, SourceKind: a.SourceKind,
		RaisedAt: a.RaisedAt.UTC(), DueAt: a.DueAt.UTC(), AcknowledgedAt: utc(a.AcknowledgedAt), AcknowledgedBy: a.AcknowledgedBy,
		Drill: a.Drill, NextAt: utc(a.NextAt), ClosedAt: utc(a.ClosedAt), ClosedBy: a.ClosedBy, ReviewedAt: utc(a.ReviewedAt), Claimed: a.Claimed, Known: !a.Loose, Times: a.Times, RepeatedAt: utc(a.RepeatedAt)}
}

func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	t := at.UTC()
	return &t
}

// visibleTo keeps the alerts of the units at which the actor holds one of the
// roles, and of all below. One about the actor's own child is another officer's,
// where there is another: a guardian does not hear what a child says alone. A
// guardian from whom the child is withheld never sees it.
func (s *Service) visibleTo(actor model.Actor, roles ...model.Role) store.Cond {
	now := s.store.Now()
	return store.All(store.Below("alerts.unit_id", actor.UnitsAs(now, roles...)),
		family.NotWithheld("alerts.pupil_id", actor.AccountID.String()),
		store.Any(store.Not(family.ChildOf("alerts.pupil_id", actor.AccountID)),
			store.Not(s.accounts.AnotherWorks(actor.AccountID, "alerts.unit_id", now, model.RoleDuty))))
}

// entry is what the audit log says of an alert. Guardians are not shown it: one
// of them may be the reason.
func entry(a model.Alert, action model.AuditAction) audit.Entry {
	return audit.Entry{Action: action, Subject: model.AuditAlert, SubjectID: a.ID, PupilID: a.PupilID, UnitID: a.UnitID, Role: model.RoleDuty, Purpose: model.AuditDuty, Withheld: true}
}

// Alerts lists the alerts that the actor is responsible for: those that
// wait by their deadlines, else the newest first. Duty officers see those of
// their units. Managers who are none learn of one page what a manager may know, and
// of an alert only from the next day on: who looks at once would find the booking
// that was made with it.
func (s *Service) Alerts(ctx context.Context, actor model.Actor, in AlertsIn) (store.Page[Alert], error) {
	onDuty := actor.Has(s.store.Now(), model.RoleDuty)
	role := model.RoleManager
	if onDuty {
		role = model.RoleDuty
	} else {
		in.Cursor = "" // by one that they make up they would find out the times
	}
	q := s.store.Read(ctx).Where(s.visibleTo(actor, role)).Where(store.When(in.Status != "", "status = ?", in.Status)).Where(store.When(in.Open, "status <> ?", model.AlertClosed))
	if !onDuty {
		q = q.Where("alerts.raised_at < ?", model.DateOf(s.store.Now()).Start())
	}
	order := newestAlerts
	if in.Open || in.Status == model.AlertRaised {
		order = dueAlerts
	}
	rows, next, err := order.Read(q, in.PageRequest)
	if err != nil {
		return store.Page[Alert]{}, err
	}
	items, err := s.alertViews(ctx, actor, rows)
	if err != nil {
		return store.Page[Alert]{}, err
	}
	if onDuty {
		err := s.log.Record(ctx, actor, store.Each(rows, func(a model.Alert) audit.Entry { return entry(a, model.AuditRead) })...)
		return store.Page[Alert]{Items: items, NextCursor: next}, err
	}
	for i := range items {
		items[i].blur()
	}
	return store.Page[Alert]{Items: items}, nil // a cursor would tell id and time of the last one
}
