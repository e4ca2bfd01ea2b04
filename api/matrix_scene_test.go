package api

import (
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// scene is the world in which one route is walked: a county with two schools,
// another county, and one person of every role at each of the three places.
type scene struct {
	*world
	own, near, other storetest.Tree // near is the own county's other school
	pupil            *model.Pupil   // of the own class; the own guardian's child, with an account of their own
	members          []member
	room             *model.Room // of the own school, with the own counsellor
	serial           int
	slotsFrom        time.Time // from which slots count, whatever hour turns during the test
}

func newScene(w *world) *scene {
	w.t.Helper()
	s := &scene{world: w, own: w.Tree(), other: w.Tree(), slotsFrom: w.store.Now().Truncate(time.Hour)}
	s.near = storetest.Tree{County: s.own.County, Town: s.own.Town, School: w.Unit(model.UnitSchool, s.own.Town)}
	s.near.Class = w.Unit(model.UnitClass, s.near.School)
	add := func(role model.Role, place string, actor model.Actor) {
		s.members = append(s.members, member{name: string(role) + " " + place, role: role, place: place, actor: actor, token: w.as(actor)})
	}
	for i, tree := range []storetest.Tree{s.own, s.near, s.other} {
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
			s.pupil = pupil
			sealed, err := w.vault.Seal(model.StudentNoField, pupil.ID, "G1")
			require.NoError(w.t, err)
			require.NoError(w.t, w.store.Tx(w.t.Context(), func(tx *gorm.DB) error { return tx.Model(pupil).Update("student_no", sealed).Error }))
		}
		add(model.RoleGuardian, places[i], w.Guardian(pupil))
		add(model.RolePupil, places[i], w.PupilAccount(pupil))
	}
	add("", "none", w.Account())
	s.members = append(s.members, member{name: "nobody"})
	return s
}

// who is the own county's member with the role.
func (s *scene) who(role model.Role) member {
	for _, m := range s.members {
		if m.role == role && m.place == "own" {
			return m
		}
	}
	panic("no such member of the scene")
}

// orOwn is m where they are of the own class or school, else the own member with the role.
func (s *scene) orOwn(m member, role model.Role) member {
	if m.place == "own" {
		return m
	}
	return s.who(role)
}

// next counts the things made, for what must differ between them.
func (s *scene) next() int { s.serial++; return s.serial }

func (s *scene) insert(rows ...any) { s.t.Helper(); s.Insert(rows...) }

// of is a call on a thing of the own county at the path before and after its id.
func of(id model.ID, before, after string, body any) request {
	return request{path: before + id.String() + after, body: body, thing: id.String()}
}

// theRoom is the own school's room, with the own counsellor in it.
func (s *scene) theRoom() *model.Room {
	s.t.Helper()
	if s.room == nil {
		now := s.store.Now()
		s.room = &model.Room{ID: s.store.NewID(), UnitID: s.own.School.ID, Name: "心语室", CreatedAt: now, UpdatedAt: now}
		s.insert(s.room, &model.Counsellor{AccountID: s.who(model.RoleCounsellor).actor.AccountID, RoomID: s.room.ID, Name: "陈老师", CreatedAt: now, UpdatedAt: now})
	}
	return s.room
}

// slot adds a slot of the own counsellor that starts some time from now.
func (s *scene) slot(in time.Duration) *model.Slot {
	s.t.Helper()
	start := s.slotsFrom.Add(in)
	slot := &model.Slot{ID: s.store.NewID(), RuleID: s.store.NewID(), CounsellorID: s.who(model.RoleCounsellor).actor.AccountID, RoomID: s.theRoom().ID,
		Mode: model.CounselInPerson, StartsAt: start, EndsAt: start.Add(30 * time.Minute), BookableUntil: start, Status: model.SlotOpen}
	s.insert(slot)
	return slot
}

// ahead is a time of its own for each slot, from tomorrow on.
func (s *scene) ahead() time.Duration { return 24*time.Hour + time.Duration(s.next())*time.Hour }

// booking books the slot for the own pupil, as the own guardian did.
func (s *scene) booking(slot *model.Slot) model.ID {
	s.t.Helper()
	id, now := s.store.NewID(), s.store.Now()
	s.insert(&model.Booking{ID: id, SlotID: slot.ID, CounsellorID: slot.CounsellorID, RoomID: slot.RoomID, UnitID: s.own.School.ID, Mode: slot.Mode,
		StartsAt: slot.StartsAt, EndsAt: slot.EndsAt, AccountID: s.who(model.RoleGuardian).actor.AccountID, AttendeeID: s.pupil.ID, PupilID: s.pupil.ID,
		Status: model.BookingBooked, RequestSlotID: slot.ID, Version: 1, CreatedAt: now, UpdatedAt: now})
	require.NoError(s.t, s.store.Tx(s.t.Context(), func(tx *gorm.DB) error {
		for _, party := range []model.ID{slot.CounsellorID, s.pupil.ID} {
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
func (s *scene) session() *model.LectureSession {
	s.t.Helper()
	lecture := s.Lecture(s.own.School, s.next(), model.SidePupil, model.SideGuardian)
	now := s.store.Now()
	session := &model.LectureSession{ID: s.store.NewID(), LectureID: lecture.ID, UnitID: s.own.Class.ID, HostID: s.who(model.RoleTeacher).actor.AccountID,
		Mode: model.SessionOffline, Status: model.SessionScheduled, Place: "礼堂", StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour), Version: 1, CreatedAt: now, UpdatedAt: now}
	s.insert(session, &model.SessionTarget{SessionID: session.ID, UnitID: s.own.Class.ID})
	return session
}
