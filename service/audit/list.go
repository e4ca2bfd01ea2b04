package audit

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// EntryView is an entry as managers see it. Whom it is about is not theirs to
// know: with the time it would tell who is counselled.
type EntryView struct {
	ID        model.ID           `json:"id,omitempty" doc:"Absent for what was done with alerts: an id tells the time"`
	At        time.Time          `json:"at" doc:"For what was done with alerts the beginning of the day"`
	AccountID model.ID           `json:"accountId,omitempty" doc:"Absent for jobs and commands"`
	Name      string             `json:"name,omitempty" doc:"Of the account"`
	Role      model.Role         `json:"role,omitempty" doc:"The role by which they could do it"`
	Action    model.AuditAction  `json:"action"`
	Subject   model.AuditSubject `json:"subject"`
	UnitID    model.ID           `json:"unitId"`
	UnitName  string             `json:"unitName" doc:"With the unit above it"`
	Purpose   model.AuditPurpose `json:"purpose"`
	Operation string             `json:"operation,omitempty" doc:"The operation of this document"`
	Address   string             `json:"address,omitempty" doc:"The network address that the call came from"`
}

// EntriesIn says which entries to list.
type EntriesIn struct {
	UnitID    store.IDParam      `query:"unitId" doc:"Only those of this unit and of all below it"`
	AccountID store.IDParam      `query:"accountId" doc:"Only those of this account"`
	Subject   model.AuditSubject `query:"subject" doc:"What was done with alerts is listed where they are asked for only, and from the next day on: one page, in whole days"`
	From      time.Time          `query:"from" doc:"Only those since then"`
	To        time.Time          `query:"to" doc:"Only those before then"`
	store.PageRequest
}

// maxRoots is how many units at the top of the tree are looked at: more than there will ever be.
const maxRoots = 1000

var newestEntries = store.Descending(func(e model.AuditEntry) store.Keys { return store.Keys{e.ID} }, "audit_entries.id")

// ofAlerts keeps the entries on what was done with alerts, the duty officers'
// telephone calls among it.
func ofAlerts() store.Cond {
	return store.Where("(audit_entries.subject = ? OR audit_entries.actor_role = ?)", model.AuditAlert, model.RoleDuty)
}

// visibleTo keeps the entries on what staff did with the data of the units that
// the actor manages, but for alerts.
func (l *Log) visibleTo(actor model.Actor) store.Cond {
	return store.All(l.byStaff(actor.UnitsAs(l.store.Now(), model.RoleManager)), store.Not(ofAlerts()))
}

// alertsVisibleTo keeps those on alerts, which are for the managers at the root:
// even the day of an alert may tell those nearer by whose booking it was. They are
// listed from the next day on: who looks again and again would find out the time.
func (l *Log) alertsVisibleTo(db *gorm.DB, actor model.Actor) (store.Cond, error) {
	roots, err := unit.List(db, maxRoots, unit.Roots(), unit.IDs(actor.UnitsAs(l.store.Now(), model.RoleManager)...))
	return store.All(l.byStaff(store.Each(roots, func(u model.Unit) model.ID { return u.ID })), ofAlerts(),
		store.Where("audit_entries.at < ?", model.DateOf(l.store.Now()).Start())), err
}

// byStaff keeps the entries on what staff did with the data of the units and of all below.
func (l *Log) byStaff(units []model.ID) store.Cond {
	return store.All(store.Below("audit_entries.unit_id", units), store.Where("audit_entries.actor_role IN ?", model.Staff))
}

// Entries lists what staff did with the data of the units that the actor
// manages, the newest first. What was done with alerts is a list of its own, of one
// page, without times: from them a manager could say whose booking an alert came from.
func (l *Log) Entries(ctx context.Context, actor model.Actor, in EntriesIn) (store.Page[EntryView], error) {
	if in.Subject != model.AuditAlert {
		return l.entries(ctx, store.All(l.visibleTo(actor), store.When(in.Subject != "", "subject = ?", in.Subject)), in)
	}
	visible, err := l.alertsVisibleTo(l.store.Read(ctx), actor)
	if err != nil {
		return store.Page[EntryView]{}, err
	}
	in.Cursor, in.From, in.To = "", wholeDay(in.From), wholeDay(in.To)
	page, err := l.entries(ctx, visible, in)
	for i := range page.Items {
		page.Items[i].ID, page.Items[i].At = 0, wholeDay(page.Items[i].At)
	}
	page.NextCursor = ""
	return page, err
}

// wholeDay is the beginning of the day of the time; the zero time where that is zero.
func wholeDay(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return model.DateOf(at).Start().UTC()
}

// entries lists those of the visible ones that in asks for.
func (l *Log) entries(ctx context.Context, visible store.Cond, in EntriesIn) (store.Page[EntryView], error) {
	db, within := l.store.Read(ctx), visible
	if in.UnitID.ID != 0 {
		within = store.Below("audit_entries.unit_id", []model.ID{in.UnitID.ID})
	}
	q := db.Where(visible).Where(within).
		Where(store.When(in.AccountID.ID != 0, "actor_id = ?", in.AccountID.ID)).
		Where(store.When(!in.From.IsZero(), "at >= ?", in.From)).
		Where(store.When(!in.To.IsZero(), "at < ?", in.To))
	rows, next, err := newestEntries.Read(q, in.PageRequest)
	if err != nil {
		return store.Page[EntryView]{}, err
	}
	people, places, err := l.names(db, rows)
	return store.PageOf(rows, next, func(e model.AuditEntry) EntryView {
		return EntryView{ID: e.ID, At: e.At.UTC(), AccountID: e.ActorID, Name: people[e.ActorID], Role: e.ActorRole, Action: e.Action, Subject: e.Subject,
			UnitID: e.UnitID, UnitName: places[e.UnitID], Purpose: e.Purpose, Operation: e.Operation, Address: e.Address}
	}), err
}

// ReadView is an entry as the family sees it.
type ReadView struct {
	At       time.Time          `json:"at"`
	Name     string             `json:"name,omitempty" doc:"Who did it"`
	Role     model.Role         `json:"role,omitempty" doc:"The role by which they could do it"`
	UnitName string             `json:"unitName,omitempty" doc:"Of the unit whose data it is, with the unit above it"`
	Action   model.AuditAction  `json:"action"`
	Subject  model.AuditSubject `json:"subject"`
	Purpose  model.AuditPurpose `json:"purpose"`
}

// Reads lists the entries on what others did with the data of a child of the actor,
// or of the pupil whose own account it is, the newest first. Of counselling a guardian is
// shown what was done with the bookings that they made themselves: neither what the
// pupil sought alone, nor what another guardian asked for.
func (l *Log) Reads(ctx context.Context, actor model.Actor, pupilID model.ID, page store.PageRequest) (store.Page[ReadView], error) {
	db := l.store.Read(ctx)
	if _, err := family.Pupil(db, pupilID, family.PupilOf("p.id", actor)); err != nil {
		return store.Page[ReadView]{}, err
	}
	shown := store.When(actor.PupilID == 0, "withheld = ?", false)
	if actor.PupilID == 0 {
		shown = store.Any(shown, store.All(store.Where("subject IN ?", []model.AuditSubject{model.AuditBooking, model.AuditRecord}),
			l.madeBy("audit_entries.subject_id", actor.AccountID)))
	}
	q := db.Where("pupil_id = ? AND actor_id <> ?", pupilID, actor.AccountID).Where(shown)
	rows, next, err := newestEntries.Read(q, page)
	if err != nil {
		return store.Page[ReadView]{}, err
	}
	people, places, err := l.names(db, rows)
	return store.PageOf(rows, next, func(e model.AuditEntry) ReadView {
		return ReadView{At: e.At.UTC(), Name: people[e.ActorID], Role: e.ActorRole, UnitName: places[e.UnitID], Action: e.Action, Subject: e.Subject, Purpose: e.Purpose}
	}), err
}

// names reads the names of the entries' actors and units.
func (l *Log) names(db *gorm.DB, rows []model.AuditEntry) (people, places map[model.ID]string, err error) {
	if len(rows) == 0 {
		return nil, nil, nil
	}
	if people, err = l.accounts.Names(db, store.Each(rows, func(e model.AuditEntry) model.ID { return e.ActorID })); err != nil {
		return nil, nil, err
	}
	named, err := unit.Names(db, store.Each(rows, func(e model.AuditEntry) model.ID { return e.UnitID }))
	places = map[model.ID]string{}
	for id, n := range named {
		places[id] = n.Above + n.Name
	}
	return people, places, err
}
