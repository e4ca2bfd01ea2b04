package alert

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Where alerts come from, beside the safety question.
const (
	sourceStaff = "staff" // raised by hand
	sourceTalk  = "talk"  // somebody wishes to talk to a person
	sourceDrill = "drill"
	// sourceBooking is the safety question's, also where its answer comes without the booking.
	sourceBooking = "booking"
)

// Raisers are the roles that raise alerts about the pupils of their units.
var Raisers = []model.Role{model.RoleTeacher, model.RoleManager, model.RoleCounsellor, model.RoleDuty}

// RaiseIn is an alert as staff raise it.
type RaiseIn struct {
	PupilID model.ID         `json:"pupilId"`
	Level   model.AlertLevel `json:"level"`
	Words   string           `json:"words" minLength:"1" maxLength:"2000" doc:"What was seen or heard, kept sealed"`
}

// Raised is what who raised an alert sees of it.
type Raised struct {
	ID             model.ID         `json:"id"`
	Level          model.AlertLevel `json:"level"`
	RaisedAt       time.Time        `json:"raisedAt"`
	Times          int              `json:"times" doc:"How often it was said"`
	DueAt          time.Time        `json:"dueAt" doc:"By when a person answers for it"`
	AcknowledgedAt *time.Time       `json:"acknowledgedAt,omitempty" doc:"Since when a person takes care of it"`
	PupilID        model.ID         `json:"pupilId,omitempty"`
}

func raisedView(a model.Alert) Raised {
	return Raised{ID: a.ID, Level: a.Level, RaisedAt: a.RaisedAt.UTC(), Times: a.Times, DueAt: a.DueAt.UTC(), AcknowledgedAt: utc(a.AcknowledgedAt), PupilID: a.PupilID}
}

// RaiseByHand raises an alert about a pupil of the actor's units. What the same
// person says again of the same pupil joins the alert that is there.
func (s *Service) RaiseByHand(ctx context.Context, actor model.Actor, in RaiseIn) (Raised, error) {
	words, err := text("words", in.Words)
	if err != nil {
		return Raised{}, err
	}
	pupil, err := family.Pupil(s.store.Read(ctx), in.PupilID, store.Below("p.class_id", actor.UnitsAs(s.store.Now(), Raisers...)))
	if err != nil {
		return Raised{}, err
	}
	as := actor.Roles[slices.IndexFunc(actor.Roles, func(r model.RoleAt) bool { return slices.Contains(Raisers, r.Role) })].Role
	a := model.Alert{Level: in.Level, UnitID: pupil.ClassID, PupilID: pupil.ID, AccountID: actor.AccountID, SourceKind: sourceStaff}
	row, err := s.raise(ctx, a, words, func(tx *gorm.DB, row model.Alert) error {
		e := entry(row, model.AuditWrite)
		e.Role, e.Purpose = as, model.AuditTeaching
		return s.log.Write(tx, actor, e)
	})
	return raisedView(row), err
}

// TalkIn is the wish to talk to somebody.
type TalkIn struct {
	PupilID model.ID `json:"pupilId,omitempty" doc:"A child of the caller, where it is about the child"`
	Words   string   `json:"words,omitempty" maxLength:"200" doc:"One sentence, if the person likes; kept sealed"`
	// SelfHarm is a yes to the safety question whose booking did not reach the server.
	SelfHarm bool `json:"selfHarm,omitempty" doc:"A yes to the safety question of a booking that could not be sent: the alert is then an immediate one"`
}

// AskToTalk raises an alert for who wishes to talk to a person. Nothing but a
// login is needed, and no text is refused: what can't be kept is left out.
func (s *Service) AskToTalk(ctx context.Context, actor model.Actor, in TalkIn) (Raised, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	words, err := text("words", in.Words)
	if err != nil {
		words = ""
	}
	a := model.Alert{Level: model.AlertUrgent, AccountID: actor.AccountID, SourceKind: sourceTalk, Loose: len(actor.Roles) == 0}
	if in.SelfHarm {
		a.Level, a.SourceKind = model.AlertImmediate, sourceBooking
	}
	about := store.Where("p.account_id = ?", actor.AccountID)
	if in.PupilID != 0 {
		about = store.Any(about, store.All(store.Where("p.id = ?", in.PupilID), family.ChildOf("p.id", actor.AccountID)))
	}
	db := s.store.Read(ctx)
	pupils, err := family.List(db, about)
	if err != nil {
		return Raised{}, err
	}
	if len(pupils) == 0 {
		// Help does not wait until a teacher has confirmed whose account it is.
		if pupils, err = family.Claimed(db, actor.AccountID, s.store.Now()); err != nil {
			return Raised{}, err
		}
		a.Claimed = len(pupils) > 0
	}
	switch {
	case len(pupils) > 0:
		a.PupilID, a.UnitID, a.Loose = pupils[0].ID, pupils[0].ClassID, false
	case len(actor.Roles) > 0:
		a.UnitID = actor.Roles[0].UnitID
	default:
		if a.UnitID, err = s.unitOfFamily(db, actor.AccountID); err != nil {
			return Raised{}, err
		}
		a.Loose = a.UnitID == 0
	}
	row, err := s.raise(ctx, a, words)
	return raisedView(row), err
}

// unitOfFamily returns the class of a child of the account, or zero.
func (s *Service) unitOfFamily(db *gorm.DB, account model.ID) (model.ID, error) {
	children, err := family.List(db, family.ChildOf("p.id", account))
	if err != nil || len(children) == 0 {
		return 0, err
	}
	return children[0].ClassID, nil
}

// mineWithin is how long a person sees what became of their own call for help.
const mineWithin = 7 * 24 * time.Hour

// Mine lists the alerts that the actor raised in the last seven days, the newest
// first: whether a person takes care of each. A guardian from whom the child is
// withheld hears nothing more of those about the child.
func (s *Service) Mine(ctx context.Context, actor model.Actor) ([]Raised, error) {
	var rows []model.Alert
	err := s.store.Read(ctx).Where("account_id = ? AND drill = ? AND COALESCE(repeated_at, raised_at) > ?", actor.AccountID, false, s.store.Now().Add(-mineWithin)).
		Where(family.NotWithheld("alerts.pupil_id", actor.AccountID.String())).Order("id DESC").Limit(20).Find(&rows).Error
	return store.Each(rows, raisedView), err
}

// DrillIn is what to practise.
type DrillIn struct {
	UnitID model.ID         `json:"unitId"`
	Level  model.AlertLevel `json:"level"`
}

// Drill raises an alert for practice at a unit that the actor manages: the whole
// escalation runs, marked as practice, and no figure counts it.
func (s *Service) Drill(ctx context.Context, actor model.Actor, in DrillIn) (Raised, error) {
	_, err := unit.Get(s.store.Read(ctx), in.UnitID, unit.Below(actor.UnitsAs(s.store.Now(), model.RoleManager)...), unit.InUse())
	if err != nil {
		return Raised{}, err
	}
	row, err := s.raise(ctx, model.Alert{Level: in.Level, UnitID: in.UnitID, AccountID: actor.AccountID, SourceKind: sourceDrill, Drill: true}, "")
	return raisedView(row), err
}
