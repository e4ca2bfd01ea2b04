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
	}
}

// talks adds a talk that demo-parent's child had with the counsellor on the last
// day that was no Sunday, to give feedback on, and one of some hours ago with a
// pupil who came by, which the counsellor has not closed yet.
func (b *builder) talks() {
	counsellor, pupils := b.accounts["demo-counsellor"], b.pupilsOf(childClass)
	rules := b.counsel.Rules
	rule := rules[slices.IndexFunc(rules, func(r *model.AvailabilityRule) bool { return r.CounsellorID == counsellor })]
	day := model.DateOf(b.now).AddDays(-1)
	if day.Weekday() == time.Sunday {
		day = day.AddDays(-1)
	}
	morning := day.Start().Add(10 * time.Hour)
	b.talk(rule, model.Booking{StartsAt: morning, AccountID: b.accounts["demo-parent"], PupilID: pupils[0].ID, Status: model.BookingCompleted, Version: 2,
		CreatedAt: morning.AddDate(0, 0, -3), UpdatedAt: morning.Add(slotMinutes * time.Minute)})
	start := b.now.Add(-3 * time.Hour).Truncate(model.BucketMinutes * time.Minute)
	b.talk(rule, model.Booking{StartsAt: start, AccountID: counsellor, PupilID: pupils[5].ID, Status: model.BookingBooked, Version: 1, CreatedAt: start, UpdatedAt: start})
}

// talk adds a booking in the counsellor's room, with its slot.
func (b *builder) talk(rule *model.AvailabilityRule, booking model.Booking) {
	slot := &model.Slot{ID: b.Store.NewID(), RuleID: rule.ID, CounsellorID: rule.CounsellorID, RoomID: rule.RoomID, Mode: rule.Mode, StartsAt: booking.StartsAt,
		EndsAt: booking.StartsAt.Add(slotMinutes * time.Minute), BookableUntil: booking.StartsAt, Status: model.SlotBooked, BookingID: b.Store.NewID()}
	booking.ID, booking.SlotID, booking.RequestSlotID, booking.EndsAt, booking.AttendeeID = slot.BookingID, slot.ID, slot.ID, slot.EndsAt, booking.PupilID
	booking.CounsellorID, booking.RoomID, booking.UnitID, booking.Mode = rule.CounsellorID, rule.RoomID, b.units[homeSchool].ID, rule.Mode
	b.counsel.Slots = append(b.counsel.Slots, slot)
	b.counsel.Bookings = append(b.counsel.Bookings, &booking)
}
