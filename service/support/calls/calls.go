package calls

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// Call is a person to be telephoned, as no message can reach them.
type Call struct {
	ID        model.ID          `json:"id"`
	Kind      string            `json:"kind" doc:"The kind of the message that can't be sent, as in /me/messages"`
	UnitID    model.ID          `json:"unitId" doc:"The pupil's class, or the room's unit"`
	PupilID   model.ID          `json:"pupilId,omitempty" doc:"Absent where an adult asked for themselves"`
	PupilName string            `json:"pupilName,omitempty"`
	Relation  model.Relation    `json:"relation,omitempty" enum:"mother,father,grandparent,other" doc:"What the person to call is to the pupil; absent for the pupil and for staff"`
	AccountID model.ID          `json:"accountId" doc:"The person to call"`
	Phone     string            `json:"phone,omitempty" doc:"Where the person left one, and the call is still to be made"`
	CauseKind string            `json:"causeKind" doc:"booking, wait_entry, session, lesson or lecture"`
	CauseID   model.ID          `json:"causeId"`
	Reason    string            `json:"reason" doc:"Why there is no message: no_leave, away (WeChat is), lease or another code where it may or may not have arrived"`
	DueAt     time.Time         `json:"dueAt" doc:"After this the call is of no use"`
	CreatedAt time.Time         `json:"createdAt"`
	DoneAt    *time.Time        `json:"doneAt,omitempty"`
	Outcome   model.CallOutcome `json:"outcome,omitempty" enum:"reached,no_answer,not_needed"`
}

// CallsIn says which calls to list.
type CallsIn struct {
	Done bool // those that were made; else those to make
	store.PageRequest
}

var callsByDue = store.Ascending(func(r callRow) store.Keys { return store.Keys{r.DueAt, r.ID} }, "t.due_at", "t.id")

var (
	errCallDone = model.Conflict("call_done", "这项电话联系已经完成")
	errOutcome  = model.Invalid("outcome", "outcome_invalid", "请选择已联系上、无人接听或不需要")
)

// callsVisibleTo is a scope on call_tasks AS t with pupils AS p: of a class's,
// to its teachers; of a talk's, to its counsellor; of an alert's, to the duty
// officers of its unit; and each to the managers above. Nobody is told to call
// themselves.
func (s *Service) callsVisibleTo(actor model.Actor) func(*gorm.DB) *gorm.DB {
	now := s.store.Now()
	var parts []string
	var args []any
	below := func(desk model.Desk, column string, roles ...model.Role) {
		if units := actor.UnitsAs(now, roles...); len(units) > 0 {
			parts = append(parts, "t.desk = ? AND "+column+" IN (SELECT unit_id FROM unit_closure WHERE ancestor_id IN ?)")
			args = append(args, desk, units)
		}
	}
	below(model.DeskClass, "p.class_id", model.Hosts...)
	below(model.DeskCounsel, "t.unit_id", model.RoleManager)
	below(model.DeskDuty, "t.unit_id", model.AlertReaders...)
	if actor.Has(now, model.RoleCounsellor) {
		parts, args = append(parts, "t.desk = ? AND t.owner_id = ?"), append(args, model.DeskCounsel, actor.AccountID)
	}
	return func(db *gorm.DB) *gorm.DB {
		if len(parts) == 0 {
			return db.Where("1 = 0")
		}
		return db.Where("t.recipient_id <> ?", actor.AccountID).Where("("+strings.Join(parts, " OR ")+")", args...)
	}
}

// callRow is a task with what its view needs.
type callRow struct {
	model.CallTask
	PupilName   string
	ClassID     model.ID
	Relation    model.Relation
	SubjectKind string // of a nudge
	SubjectID   model.ID
}

func calls(db *gorm.DB) *gorm.DB {
	return db.Table("call_tasks AS t").
		Joins("LEFT JOIN pupils AS p ON p.id = t.pupil_id").
		Joins("LEFT JOIN guardianships AS g ON g.pupil_id = t.pupil_id AND g.account_id = t.recipient_id").
		Joins("LEFT JOIN nudges AS n ON t.cause_kind = 'nudge' AND n.id = t.cause_id").
		Select("t.*, COALESCE(p.name, '') AS pupil_name, COALESCE(p.class_id, 0) AS class_id, COALESCE(g.relation, '') AS relation," +
			" COALESCE(n.subject_kind, '') AS subject_kind, COALESCE(n.subject_id, 0) AS subject_id")
}

func (r callRow) view() Call {
	v := Call{ID: r.ID, Kind: r.Kind, UnitID: r.UnitID, PupilID: r.PupilID, PupilName: r.PupilName, Relation: r.Relation, AccountID: r.RecipientID,
		CauseKind: r.CauseKind, CauseID: r.CauseID, Reason: r.Reason, DueAt: r.DueAt.UTC(), CreatedAt: r.CreatedAt.UTC(), Outcome: r.Outcome}
	if r.Desk == model.DeskClass {
		v.UnitID = r.ClassID // the pupil may have moved since
	}
	if r.SubjectID != 0 {
		v.CauseKind, v.CauseID = r.SubjectKind, r.SubjectID
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
	q := s.store.Read(ctx).Scopes(calls, s.callsVisibleTo(actor))
	if in.Done {
		q = q.Where("t.done_at IS NOT NULL")
	} else {
		q = q.Where("t.done_at IS NULL AND t.due_at > ?", s.store.Now().Add(-message.CallsShown))
	}
	rows, next, err := callsByDue.Read(q, in.PageRequest)
	if err != nil {
		return store.Page[Call]{}, err
	}
	numbers, err := s.numbers(ctx, rows)
	return store.PageOf(rows, next, func(r callRow) Call {
		call := r.view()
		call.Phone = numbers[r.RecipientID]
		return call
	}), err
}

// numbers are those of the people who are still to be called.
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
			err := tx.Scopes(calls, s.callsVisibleTo(actor)).Where("t.id = ?", id).Take(&row).Error
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
		return nil
	})
	if err != nil {
		return Call{}, err
	}
	return row.view(), nil
}
