package api

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// bundle is the world in which one route is walked: a county with two schools,
// another county, and one person of every role at each of the three places.
type bundle struct {
	*world
	own, near, other storetest.Tree // near is the own county's other school
	pupil            *model.Pupil   // of the own class; the own guardian's child, with an account of their own
	members          []member
	acting           *member     // stands in for the own county's member of their role; nil for most
	room             *model.Room // of the own school, with the own counsellor
	claimed          model.ID    // a claim that waits for the own teacher
	decided          model.ID    // a claim that was confirmed
	serial           int
	slotsFrom        time.Time // from which slots count, whatever hour turns during the test
	watch            *sql.Conn // tells whether something was committed
}

func setup(w *world) *bundle {
	w.t.Helper()
	b := &bundle{world: w, own: w.Tree(), other: w.Tree(), slotsFrom: w.store.Now().Truncate(time.Hour)}
	b.near = storetest.Tree{County: b.own.County, Town: b.own.Town, School: w.Unit(model.UnitSchool, b.own.Town)}
	b.near.Class = w.Unit(model.UnitClass, b.near.School)
	add := func(role model.Role, place string, actor model.Actor) {
		b.members = append(b.members, member{name: string(role) + " " + place, role: role, place: place, actor: actor, token: w.as(actor)})
	}
	for role, unit := range roleUnits(b.own) {
		add(role, "former", w.Staff(role, unit))
	}
	for _, role := range model.Families {
		pupil := w.Pupil(b.own.Class)
		b.number(pupil)
		add(role, "former", b.family(role, pupil))
		b.members[len(b.members)-1].pupil = pupil
	}
	for i, tree := range []storetest.Tree{b.own, b.near, b.other} {
		units := roleUnits(tree)
		if places[i] == "near" { // those of the town and county stand above both schools
			for _, role := range []model.Role{model.RoleVolunteer, model.RoleInspector, model.RoleDuty} {
				units[role] = tree.School
			}
		}
		for _, role := range model.Staff {
			add(role, places[i], w.Staff(role, units[role]))
		}
		pupil := w.Pupil(tree.Class)
		if places[i] == "own" {
			b.pupil = pupil
			b.number(pupil)
		}
		add(model.RoleGuardian, places[i], w.Guardian(pupil))
		add(model.RolePupil, places[i], w.PupilAccount(pupil))
	}
	add("", "none", w.Account())
	b.members = append(b.members, member{name: "nobody"})
	return b
}

// number gives the pupil a student number that can be opened.
func (b *bundle) number(pupil *model.Pupil) {
	b.t.Helper()
	sealed, err := b.vault.Seal(model.StudentNoField, pupil.ID, fmt.Sprintf("G%d", b.next()))
	require.NoError(b.t, err)
	b.Set(pupil, "student_no", sealed)
}

// family is the pupil's own account, or a guardian of the pupil.
func (b *bundle) family(role model.Role, pupil *model.Pupil) model.Actor {
	b.t.Helper()
	guardian := b.Guardian(pupil) // whose consent a child needs
	if role == model.RolePupil {
		return b.PupilAccount(pupil)
	}
	return guardian
}

// who is the own county's member with the role.
func (b *bundle) who(role model.Role) member {
	if b.acting != nil && b.acting.role == role {
		return *b.acting
	}
	for _, m := range b.members {
		if m.role == role && m.place == "own" {
			return m
		}
	}
	panic("no such member of the bundle")
}

// caller is who, or somebody without a role for none.
func (b *bundle) caller(role model.Role) member {
	if role == "" {
		return b.members[slices.IndexFunc(b.members, func(m member) bool { return m.place == "none" })]
	}
	return b.who(role)
}

// orOwn is m where they are of the own class or school, else the own member with the role.
func (b *bundle) orOwn(m member, role model.Role) member {
	if m.place == "own" {
		return m
	}
	return b.who(role)
}

// next counts the things made, for what must differ between them.
func (b *bundle) next() int { b.serial++; return b.serial }

func (b *bundle) insert(rows ...any) { b.t.Helper(); b.Insert(rows...) }

// of is a call on a thing of the own county at the path before and after its id.
func of(id model.ID, before, after string, body any) request {
	return request{path: before + id.String() + after, body: body, thing: id.String()}
}

// theRoom is the own school's room, with the own counsellor in it.
func (b *bundle) theRoom() *model.Room {
	b.t.Helper()
	if b.room == nil {
		now := b.store.Now()
		b.room = &model.Room{ID: b.store.NewID(), UnitID: b.own.School.ID, Name: "心语室", CreatedAt: now, UpdatedAt: now}
		b.insert(b.room, &model.Counsellor{AccountID: b.who(model.RoleCounsellor).actor.AccountID, RoomID: b.room.ID, Name: "陈老师", CreatedAt: now, UpdatedAt: now})
	}
	return b.room
}

// slot adds a slot of the own counsellor that starts some time from now.
func (b *bundle) slot(in time.Duration) *model.Slot {
	b.t.Helper()
	start := b.slotsFrom.Add(in)
	slot := &model.Slot{ID: b.store.NewID(), RuleID: b.store.NewID(), CounsellorID: b.who(model.RoleCounsellor).actor.AccountID, RoomID: b.theRoom().ID,
		Mode: model.CounselInPerson, StartsAt: start, EndsAt: start.Add(30 * time.Minute), BookableUntil: start, Status: model.SlotOpen}
	b.insert(slot)
	return slot
}

// ahead is a time of its own for each slot, from tomorrow on.
func (b *bundle) ahead() time.Duration { return 24*time.Hour + time.Duration(b.next())*time.Hour }

// booking books the slot for the own pupil, as the own guardian did.
func (b *bundle) booking(slot *model.Slot) model.ID {
	b.t.Helper()
	id, now := b.store.NewID(), b.store.Now()
	b.insert(&model.Booking{ID: id, SlotID: slot.ID, CounsellorID: slot.CounsellorID, RoomID: slot.RoomID, UnitID: b.own.School.ID, Mode: slot.Mode,
		StartsAt: slot.StartsAt, EndsAt: slot.EndsAt, AccountID: b.who(model.RoleGuardian).actor.AccountID, AttendeeID: b.pupil.ID, PupilID: b.pupil.ID,
		Status: model.BookingBooked, RequestSlotID: slot.ID, Version: 1, CreatedAt: now, UpdatedAt: now})
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
		for _, party := range []model.ID{slot.CounsellorID, b.pupil.ID} {
			for _, bucket := range model.Buckets(slot.StartsAt, slot.EndsAt) {
				if err := tx.Create(&model.PartyTime{PartyID: party, Bucket: bucket, BookingID: id}).Error; err != nil {
					return err
				}
			}
		}
		return tx.Model(slot).Updates(map[string]any{"status": model.SlotBooked, "booking_id": id}).Error
	}))
	return id
}

// session adds a session for the own class of a fresh lecture, held since a
// minute by the own teacher, at which nobody is yet.
func (b *bundle) session() *model.LectureSession {
	b.t.Helper()
	lecture := b.Lecture(b.own.School, b.next(), model.SidePupil, model.SideGuardian)
	now := b.store.Now()
	session := &model.LectureSession{ID: b.store.NewID(), LectureID: lecture.ID, UnitID: b.own.Class.ID, HostID: b.who(model.RoleTeacher).actor.AccountID,
		Mode: model.SessionOffline, Status: model.SessionScheduled, Place: "礼堂", StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour), Version: 1, CreatedAt: now, UpdatedAt: now}
	b.insert(session, &model.SessionTarget{SessionID: session.ID, UnitID: b.own.Class.ID})
	return session
}

// request makes the member's call. A former member owns the thing while it is
// made, as the own county's member with the role does, and has lost the post,
// the child or the account when they call.
func (b *bundle) request(l line, m member) request {
	b.t.Helper()
	if m.place != "former" {
		return l.make(b, m)
	}
	pupil, room, owner := b.pupil, b.room, m
	owner.place, b.acting = "own", &owner
	if m.pupil != nil {
		b.pupil = m.pupil
	}
	if m.role == model.RoleCounsellor {
		b.room = nil
	}
	req := l.make(b, owner)
	b.pupil, b.acting = pupil, nil
	if m.role == model.RoleCounsellor {
		b.room = room
	}
	b.dismiss(m)
	return req
}

// dismiss takes from the former member, by those who may, what made them one.
// Each has the same in another county, so that their role lets them through.
func (b *bundle) dismiss(m member) {
	b.t.Helper()
	manager, ctx, identity := b.Staff(model.RoleManager, b.own.County), b.t.Context(), b.svc.Identity
	switch m.role {
	case model.RoleGuardian:
		b.Bind(m.actor, b.Pupil(b.other.Class))
		require.NoError(b.t, identity.EndGuardianship(ctx, manager, m.pupil.ID, m.actor.AccountID))
	case model.RolePupil:
		require.NoError(b.t, identity.ReleasePupil(ctx, manager, m.pupil.ID))
		b.Set(b.Pupil(b.other.Class), "account_id", m.actor.AccountID)
	default:
		var held []model.Grant
		require.NoError(b.t, b.store.Read(ctx).Find(&held, "account_id = ? AND revoked_at IS NULL", m.actor.AccountID).Error)
		b.insert(&model.Grant{ID: b.store.NewID(), AccountID: m.actor.AccountID, Role: m.role, UnitID: roleUnits(b.other)[m.role].ID, StartsAt: b.store.Now(), CreatedAt: b.store.Now()})
		for _, g := range held {
			require.NoError(b.t, identity.Revoke(ctx, manager, g.ID))
		}
	}
}
