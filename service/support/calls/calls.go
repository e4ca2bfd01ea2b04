package calls

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Call is a person to be telephoned, as no message can reach them.
type Call struct {
	ID        model.ID          `json:"id"`
	Kind      string            `json:"kind" doc:"The kind of the message that can't be sent, as in /me/messages"`
	UnitID    model.ID          `json:"unitId" doc:"The pupil's class, or the room's unit"`
	PupilID   model.ID          `json:"pupilId,omitempty" doc:"Absent where an adult asked for themselves, and for who may not make the call"`
	PupilName string            `json:"pupilName,omitempty"`
	Mark      string            `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	Relation  model.Relation    `json:"relation,omitempty" doc:"What the person to call is to the pupil; absent for the pupil and for staff"`
	AccountID model.ID          `json:"accountId,omitempty" doc:"The person to call; absent for who may not make the call: managers see of counselling that a call waits, and of alerts that they are told themselves"`
	Phone     string            `json:"phone,omitempty" doc:"Where the person left one, and the call is still to be made"`
	CauseKind string            `json:"causeKind" doc:"booking, wait_entry, session, lesson, lecture, pupil, grant or alert"`
	CauseID   model.ID          `json:"causeId,omitempty" doc:"Absent for who may not make the call"`
	Reason    string            `json:"reason" doc:"Why there is no message: no_leave, away (WeChat is), lease or another code where it may or may not have arrived"`
	DueAt     time.Time         `json:"dueAt" doc:"After this the call is of no use"`
	CreatedAt time.Time         `json:"createdAt"`
	DoneAt    *time.Time        `json:"doneAt,omitempty"`
	Outcome   model.CallOutcome `json:"outcome,omitempty"`
}

// CallsIn says which calls to list.
type CallsIn struct {
	Done bool `query:"done" doc:"Those that were made; absent: those to make, the most urgent first"`
	store.PageRequest
}

var callsByDue = store.Ascending(func(r callRow) store.Keys { return store.Keys{r.DueAt, r.ID} }, "t.due_at", "t.id")

var (
	errCallDone = model.Conflict("call_done", "这项电话联系已经完成")
	errOutcome  = model.Invalid("outcome", "outcome_invalid", "请选择已联系上、无人接听或不需要")
)

// makeableBy keeps the calls t, joined with their pupils p, that the actor may
// make: of a class's queue, its teachers and its school's hosts; of a
// booking's, its counsellor, or where that one has lost the post another of the
// room's unit or above, who has theirs not from who took it; of an alert's, the duty
// officers of its unit.
// Nobody is told to call themselves, or a guardian who must not hear of the pupil.
func (s *Service) makeableBy(actor model.Actor) store.Cond {
	succeeds := s.accounts.Succeeds(actor.AccountID, "t.owner_id", "t.unit_id", s.store.Now(), model.RoleCounsellor)
	return store.All(toCall(actor), store.Any(
		store.All(store.Where("t.desk = ?", model.QueueClass), unit.NearClass("p.class_id", actor.UnitsAs(s.store.Now(), model.Hosts...))),
		store.All(s.below(actor, model.QueueCounsel, "t.unit_id", model.RoleCounsellor),
			store.Any(store.Where("t.owner_id = ?", actor.AccountID), succeeds)),
		s.below(actor, model.QueueDuty, "t.unit_id", model.RoleDuty),
	))
}

// visibleTo keeps the calls that the actor may make, and for managers those of
// classes and counsellors below them: they see that a call waits, not whom it
// concerns. Of the duty officers' calls a manager sees those to themselves alone,
// which are written with the message that tells them: of an alert where nobody is
// on duty, and of who was appointed. Any other would say when a child's alert
// came, and so which booking it came from.
func (s *Service) visibleTo(actor model.Actor) store.Cond {
	return store.Any(s.makeableBy(actor),
		store.All(toCall(actor), store.Any(
			s.below(actor, model.QueueClass, "p.class_id", model.RoleManager),
			s.below(actor, model.QueueCounsel, "t.unit_id", model.RoleManager),
		)),
		store.All(store.Where("t.recipient_id = ?", actor.AccountID), s.below(actor, model.QueueDuty, "t.unit_id", model.RoleManager)),
	)
}

func toCall(actor model.Actor) store.Cond {
	return store.All(store.Where("t.recipient_id <> ?", actor.AccountID), family.NotWithheld("t.pupil_id", "t.recipient_id"))
}

// below keeps the calls of the queue whose column names a unit at or below one
// at which the actor holds any of the roles now.
func (s *Service) below(actor model.Actor, queue model.CallQueue, column string, roles ...model.Role) store.Cond {
	return store.All(store.Where("t.desk = ?", queue), store.Below(column, actor.UnitsAs(s.store.Now(), roles...)))
}

// callRow is a task with what its view needs of the pupil.
type callRow struct {
	model.CallTask
	PupilName string
	ClassID   model.ID
	Relation  model.Relation
}

func withPupils(db *gorm.DB) *gorm.DB {
	return db.Table("call_tasks AS t").
		Scopes(family.LeftJoinPupil("t.pupil_id"), family.LeftJoinGuardianship("t.pupil_id", "t.recipient_id")).
		Select("t.*, COALESCE(p.name, '') AS pupil_name, COALESCE(p.class_id, 0) AS class_id, COALESCE(g.relation, '') AS relation")
}

// views shows the calls. The cause of a nudge's call is shown as what the nudge is about.
func views(db *gorm.DB, rows ...callRow) ([]Call, error) {
	var ids []model.ID
	for _, r := range rows {
		if r.CauseKind == message.CauseNudge {
			ids = append(ids, r.CauseID)
		}
	}
	nudges, err := message.Nudges(db, ids)
	if err != nil {
		return nil, err
	}
	calls := make([]Call, len(rows))
	for i, r := range rows {
		calls[i] = r.view()
		if n := nudges[r.CauseID]; r.CauseKind == message.CauseNudge && n.SubjectID != 0 {
			calls[i].CauseKind, calls[i].CauseID = n.SubjectKind, n.SubjectID
		}
	}
	return calls, nil
}

func (r callRow) view() Call {
	v := Call{ID: r.ID, Kind: r.Kind, UnitID: r.UnitID, PupilID: r.PupilID, PupilName: r.PupilName, Relation: r.Relation, AccountID: r.RecipientID,
		CauseKind: r.CauseKind, CauseID: r.CauseID, Reason: r.Reason, DueAt: r.DueAt.UTC(), CreatedAt: r.CreatedAt.UTC(), Outcome: r.Outcome}
	if r.Queue == model.QueueClass {
		v.UnitID = r.ClassID // the pupil may have moved since
	}
	if r.DoneAt != nil {
		at := r.DoneAt.UTC()
		v.DoneAt = &at
	}
	return v
}

// Calls lists the calls that the actor is to make, the most urgent first, or
// those that were made.
func (s *Service) Calls(ctx context.Context, actor model.Actor, in CallsIn) (store.Page[Call], error) {
	q := s.store.Read(ctx).Scopes(withPupils).Where(s.visibleTo(actor))
	if in.Done {
		q = q.Where("t.done_at IS NOT NULL")
	} else {
		q = q.Where("t.done_at IS NULL AND t.due_at > ?", s.store.Now().Add(-shown))
	}
	rows, next, err := callsByDue.Read(q, in.PageRequest)
	if err != nil {
		return store.Page[Call]{}, err
	}
	items, err := views(s.store.Read(ctx), rows...)
	if err != nil {
		return store.Page[Call]{}, err
	}
	return store.Page[Call]{Items: items, NextCursor: next}, s.fillIn(ctx, actor, rows, items)
}

// fillIn adds the telephone numbers to the calls that the actor may make, and
// takes from the others whom and what they concern.
func (s *Service) fillIn(ctx context.Context, actor model.Actor, rows []callRow, items []Call) error {
	var ids, makeable []model.ID
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	err := s.store.Read(ctx).Table("call_tasks AS t").Scopes(family.LeftJoinPupil("t.pupil_id")).Where(s.makeableBy(actor)).
		Where(store.In("t.id", ids)).Pluck("t.id", &makeable).Error
	if err != nil {
		return err
	}
	numbers, err := s.numbers(ctx, rows)
	if err != nil {
		return err
	}
	marks, err := s.marks.Of(s.store.Read(ctx), store.Each(rows, func(r callRow) model.ID { return r.PupilID }))
	if err != nil {
		return err
	}
	var read []audit.Entry
	for i := range items {
		c := &items[i]
		if !slices.Contains(makeable, c.ID) {
			c.PupilID, c.PupilName, c.Relation, c.AccountID, c.CauseID = 0, "", "", 0, 0
			continue
		}
		c.Mark = marks[c.PupilID]
		if c.Phone = numbers[c.AccountID]; c.Phone != "" {
			read = append(read, s.entry(actor, rows[i], model.AuditRead))
		}
	}
	return s.log.Record(ctx, actor, read...)
}

// callers are the roles by which the calls of a queue are made; managers make those of classes too.
var callers = map[model.CallQueue]model.Role{model.QueueClass: model.RoleTeacher, model.QueueCounsel: model.RoleCounsellor, model.QueueDuty: model.RoleDuty}

// entry is what the audit log says of a call. Only calls about the class are
// known to all of the pupil's guardians.
func (s *Service) entry(actor model.Actor, r callRow, action model.AuditAction) audit.Entry {
	role := callers[r.Queue]
	if !actor.Has(s.store.Now(), role) {
		role = model.RoleManager
	}
	return audit.Entry{Action: action, Subject: model.AuditContact, SubjectID: r.RecipientID, PupilID: r.PupilID, UnitID: r.UnitID, Role: role,
		Purpose: model.AuditCalling, Withheld: r.Queue != model.QueueClass}
}

// numbers returns those of the people who are still to be called.
func (s *Service) numbers(ctx context.Context, rows []callRow) (map[model.ID]string, error) {
	var accounts []model.ID
	for _, r := range rows {
		if r.DoneAt == nil {
			accounts = append(accounts, r.RecipientID)
		}
	}
	return s.phones.Of(ctx, accounts...)
}

// CallDone notes what came of a call. The first outcome stays, but a call that
// nobody answered can be made again; the same outcome from the same person
// changes nothing.
func (s *Service) CallDone(ctx context.Context, actor model.Actor, id model.ID, outcome model.CallOutcome) (Call, error) {
	switch outcome {
	case model.CallReached, model.CallNoAnswer, model.CallNotNeeded:
	default:
		return Call{}, errOutcome
	}
	var row callRow
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		read := func() error {
			row = callRow{}
			err := tx.Scopes(withPupils).Where(s.makeableBy(actor)).Where("t.id = ?", id).Take(&row).Error
			return store.Found(err, "call")
		}
		if err := read(); err != nil {
			return err
		}
		res := tx.Model(&model.CallTask{}).Where("id = ? AND (done_at IS NULL OR outcome = ? AND ? <> ?)", id, model.CallNoAnswer, outcome, model.CallNoAnswer).
			Updates(map[string]any{"done_at": s.store.Now(), "done_by": actor.AccountID, "outcome": outcome})
		if res.Error != nil {
			return res.Error
		}
		if err := read(); err != nil {
			return err
		}
		if row.DoneBy != actor.AccountID || row.Outcome != outcome {
			return errCallDone
		}
		return s.log.Write(tx, actor, s.entry(actor, row, model.AuditWrite))
	})
	if err != nil {
		return Call{}, err
	}
	return store.Only(views(s.store.Read(ctx), row))
}
