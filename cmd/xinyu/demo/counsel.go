package demo

import (
	"slices"
	"time"

	"xinyu/model"
)

// How the demo's counsellors open their time.
const (
	slotMinutes   = 30
	bufferMinutes = 10
	leadMinutes   = 60
	horizonDays   = 14
)

// rooms adds the counselling rooms, their counsellors, and when they are open:
// on school days after class and on Saturday mornings.
func (b *builder) rooms() {
	for _, r := range []struct {
		unit, name, place, account, counsellor, about string
		mode                                          model.CounselMode
	}{
		{homeSchool, "阳光心语小屋（演示）", "教学楼一楼东侧", "demo-counsellor", "周老师（演示）", "擅长陪孩子聊同学相处、考试紧张和家里的烦心事。", model.CounselInPerson},
		{ownPupilSchool, "知心咨询室（演示）", "行政楼二楼", "demo-counsellor-2", "许老师（演示）", "陪中学生和家长一起想办法，可以打电话。", model.CounselPhone},
	} {
		room := &model.Room{ID: b.Store.NewID(), UnitID: b.units[r.unit].ID, Name: r.name, Place: r.place, Introduction: "免费、保密，家长和学生都可以来。",
			OpenHours: "周一至周五 15:30—17:30，周六 9:00—11:30", CreatedAt: b.now, UpdatedAt: b.now}
		b.counsel.Rooms = append(b.counsel.Rooms, room)
		b.counsel.Counsellors = append(b.counsel.Counsellors,
			&model.Counsellor{AccountID: b.accounts[r.account], RoomID: room.ID, Name: r.counsellor, Introduction: r.about, CreatedAt: b.now, UpdatedAt: b.now})
		for day := time.Monday; day <= time.Saturday; day++ {
			from, to := 15*60+30, 17*60+30
			if day == time.Saturday {
				from, to = 9*60, 11*60+30
			}
			b.counsel.Rules = append(b.counsel.Rules, &model.AvailabilityRule{
				ID: b.Store.NewID(), CounsellorID: b.accounts[r.account], RoomID: room.ID, Mode: r.mode, Weekday: day, StartMinute: from, EndMinute: to,
				SlotMinutes: slotMinutes, BufferMinutes: bufferMinutes, LeadMinutes: leadMinutes, HorizonDays: horizonDays,
				ValidFrom: model.DateOf(b.now), CreatedAt: b.now,
			})
		}
		if r.unit == homeSchool {
			b.pastBooking(room, b.accounts[r.account])
		}
	}
}

// pastBooking is one that demo-parent had with the counsellor on the last day
// that was no Sunday, so that there is one to give feedback on.
func (b *builder) pastBooking(room *model.Room, counsellor model.ID) {
	day := model.DateOf(b.now).AddDays(-1)
	if day.Weekday() == time.Sunday {
		day = day.AddDays(-1)
	}
	starts := day.Start().Add(10 * time.Hour)
	ends := starts.Add(slotMinutes * time.Minute)
	before := starts.AddDate(0, 0, -3)
	child, parent := b.pupilsOf(childClass)[0].ID, b.accounts["demo-parent"]
	slot := &model.Slot{ID: b.Store.NewID(), CounsellorID: counsellor, RoomID: room.ID, Mode: model.CounselInPerson, StartsAt: starts, EndsAt: ends,
		BookableUntil: starts.Add(-leadMinutes * time.Minute), Status: model.SlotBooked, BookingID: b.Store.NewID()}
	booking := &model.Booking{ID: slot.BookingID, SlotID: slot.ID, RequestSlotID: slot.ID, CounsellorID: counsellor, RoomID: room.ID, UnitID: room.UnitID,
		Mode: slot.Mode, StartsAt: starts, EndsAt: ends, AccountID: parent, AttendeeID: child, PupilID: child, Status: model.BookingCompleted, Version: 2,
		CreatedAt: before, UpdatedAt: ends}
	b.booked(slot, booking)
}

// walkIn adds a booking of some hours ago that the counsellor has not closed yet,
// with a pupil who came by: something to begin with in the counsellor's week.
func (b *builder) walkIn() {
	start := b.now.Add(-3 * time.Hour).Truncate(model.BucketMinutes * time.Minute)
	counsellor, pupil := b.accounts["demo-counsellor"], b.pupilsOf(childClass)[5]
	rules := b.counsel.Rules
	rule := rules[slices.IndexFunc(rules, func(r *model.AvailabilityRule) bool { return r.CounsellorID == counsellor })]
	slot := &model.Slot{ID: b.Store.NewID(), RuleID: rule.ID, CounsellorID: counsellor, RoomID: rule.RoomID, Mode: rule.Mode, StartsAt: start,
		EndsAt: start.Add(slotMinutes * time.Minute), BookableUntil: start, Status: model.SlotBooked}
	booking := &model.Booking{ID: b.Store.NewID(), SlotID: slot.ID, CounsellorID: counsellor, RoomID: rule.RoomID, UnitID: b.units[homeSchool].ID, Mode: rule.Mode,
		StartsAt: slot.StartsAt, EndsAt: slot.EndsAt, AccountID: counsellor, AttendeeID: pupil.ID, PupilID: pupil.ID, Status: model.BookingBooked,
		RequestSlotID: slot.ID, Version: 1, CreatedAt: start, UpdatedAt: start}
	slot.BookingID = booking.ID
	b.booked(slot, booking)
}

func (b *builder) booked(slot *model.Slot, booking *model.Booking) {
	b.counsel.Slots = append(b.counsel.Slots, slot)
	b.counsel.Bookings = append(b.counsel.Bookings, booking)
}
