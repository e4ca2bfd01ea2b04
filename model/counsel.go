package model

import (
	"slices"
	"time"
)

// CounselMode is how counsellor and attendee meet.
type CounselMode string

// The modes.
const (
	CounselInPerson CounselMode = "in_person"
	CounselPhone    CounselMode = "phone"
	CounselVideo    CounselMode = "video"
)

// Valid reports whether m is a known mode.
func (m CounselMode) Valid() bool { return slices.Contains(m.Values(), m) }

// Room is a counselling room (心理咨询室) of a school, station or academy.
type Room struct {
	ID           ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID       ID
	Name         string
	Place        string
	Introduction string
	OpenHours    string
	// MaxOpenBookings is how many talks to come one account can have booked for one person.
	MaxOpenBookings int `gorm:"default:2"`
	// TalksAtOnce is how many talks in person the room has space for at a time.
	TalksAtOnce int `gorm:"default:1"`
	Version     int `gorm:"default:1"`
	CreatedAt   time.Time
	UpdatedAt   time.Time
	ClosedAt    *time.Time
}

// Counsellor is what families see of a counsellor.
type Counsellor struct {
	AccountID    ID `gorm:"primaryKey;autoIncrement:false"`
	RoomID       ID
	Name         string
	Introduction string
	Version      int `gorm:"default:1"`
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// SlotStatus is whether a slot can be had.
type SlotStatus string

// The states of a slot.
const (
	SlotOpen      SlotStatus = "open"
	SlotHeld      SlotStatus = "held" // for one wait-list entry, until HeldUntil
	SlotBooked    SlotStatus = "booked"
	SlotWithdrawn SlotStatus = "withdrawn"
)

// Slot is a bookable stretch of a counsellor's time.
type Slot struct {
	ID            ID `gorm:"primaryKey;autoIncrement:false"`
	RuleID        ID
	CounsellorID  ID
	RoomID        ID
	Mode          CounselMode
	StartsAt      time.Time
	EndsAt        time.Time
	BookableUntil time.Time // exclusive
	// Buffer is how long its rule keeps the counsellor free after it. It is not stored.
	Buffer    time.Duration `gorm:"-"`
	Status    SlotStatus
	BookingID ID // the booking that has it, or zero
	HeldFor   ID // the wait-list entry that it is held for, or zero
	HeldUntil *time.Time
}

// TooClose reports whether one counsellor can't have both slots: they overlap, or
// one begins within the other's buffer.
func (s Slot) TooClose(o Slot) bool {
	return s.StartsAt.Before(o.EndsAt.Add(o.Buffer)) && o.StartsAt.Before(s.EndsAt.Add(s.Buffer))
}

// Free reports whether anyone can book the slot at now: it is open, or held
// for someone whose time to answer has run out.
func (s Slot) Free(now time.Time) bool {
	open := s.Status == SlotOpen || s.Status == SlotHeld && s.HeldUntil != nil && !now.Before(*s.HeldUntil)
	return open && now.Before(s.BookableUntil)
}

// How long a freed slot is held for the wait-list entry that it is offered to,
// in hours at which people are awake.
const (
	HoldTime    = 2 * time.Hour
	MinHoldTime = 15 * time.Minute
)

// People are awake from wakingHour to sleepingHour, in Shanghai.
const (
	wakingHour   = 7 * time.Hour
	sleepingHour = 22 * time.Hour
)

// HoldUntil is until when the slot would be held for someone who is offered it
// at now: the night does not count. It returns false where too little time is
// left to answer an offer.
func (s Slot) HoldUntil(now time.Time) (time.Time, bool) {
	until := awakeFor(now, HoldTime)
	if s.BookableUntil.Before(until) {
		until = s.BookableUntil
	}
	return until, !until.Before(awakeFor(now, MinHoldTime))
}

// awakeFor is when people will have been awake for so long since from.
func awakeFor(from time.Time, d time.Duration) time.Time {
	for day := DateOf(from); ; day = day.AddDays(1) {
		if wakes := day.Start().Add(wakingHour); from.Before(wakes) {
			from = wakes
		}
		rest := day.Start().Add(sleepingHour).Sub(from)
		if d <= rest {
			return from.Add(d)
		}
		d -= max(rest, 0)
	}
}

// BookingStatus is where a booking stands.
type BookingStatus string

// The states of a booking.
const (
	BookingBooked    BookingStatus = "booked"
	BookingCancelled BookingStatus = "cancelled"
	BookingCompleted BookingStatus = "completed"
	BookingNoShow    BookingStatus = "no_show"
)

// Booking is an appointment for one-to-one counselling.
type Booking struct {
	ID           ID `gorm:"primaryKey;autoIncrement:false"`
	SlotID       ID
	CounsellorID ID
	RoomID       ID
	UnitID       ID // the room's unit, for what staff may see
	Mode         CounselMode
	StartsAt     time.Time
	EndsAt       time.Time
	AccountID    ID     // who booked
	AttendeeID   ID     // who comes: a pupil's id or the booking adult's account id
	PupilID      ID     // the pupil who comes, or zero
	Concern      []byte // sealed; nil where nothing was written
	SelfHarm     bool
	Status       BookingStatus
	CancelReason []byte  // sealed; nil where none was given
	RequestKey   *string // Idempotency-Key of the call that made it
	// RequestSlotID is the slot which that call asked for; SlotID moves when the booking does.
	RequestSlotID ID
	Version       int
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Talk is the part of a booking that officers on duty see: its time, room and counsellor.
type Talk struct {
	StartsAt     time.Time
	Room         string
	CounsellorID ID
	Cancelled    bool
}

// CanCancel reports whether the booking can still be cancelled at now: until it begins.
func (b Booking) CanCancel(now time.Time) bool {
	return b.Status == BookingBooked && now.Before(b.StartsAt)
}

// CanReschedule reports whether the booking can still be moved at now: until it begins.
func (b Booking) CanReschedule(now time.Time) bool { return b.CanCancel(now) }

// CanConclude reports whether the counsellor can record at now that the booking took
// place or that nobody came: once it has begun.
func (b Booking) CanConclude(now time.Time) bool {
	return b.Status == BookingBooked && !now.Before(b.StartsAt)
}

// PartyTime says that a person is taken for one bucket of time. Its primary
// key is what keeps anyone from having two overlapping bookings.
type PartyTime struct {
	PartyID   ID  `gorm:"primaryKey;autoIncrement:false"`
	Bucket    int `gorm:"primaryKey;autoIncrement:false"` // five-minute steps since the Unix epoch
	BookingID ID
}

// RoomTime says that one booth of a room is taken, by the slot of a talk in
// person that is booked or on offer, for the five minutes from At on. Its primary
// key is what keeps a room from having more talks at once than it has space for.
type RoomTime struct {
	RoomID ID        `gorm:"primaryKey;autoIncrement:false"`
	At     time.Time `gorm:"primaryKey"`
	Booth  int       `gorm:"primaryKey;autoIncrement:false"` // from 1 to the room's TalksAtOnce
	SlotID ID
}

// BucketMinutes is the grid of slots and party times; slots start and end on it.
const BucketMinutes = 5

// Buckets are the buckets that the stretch from start to end touches.
func Buckets(start, end time.Time) []int {
	const step = BucketMinutes * 60
	first, last := start.Unix()/step, (end.Unix()-1)/step
	list := make([]int, 0, last-first+1)
	for b := first; b <= last; b++ {
		list = append(list, int(b))
	}
	return list
}

// CounselRecord is a confidential note on a booking, never changed once written.
type CounselRecord struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	BookingID ID
	AuthorID  ID
	Content   []byte // sealed
	CreatedAt time.Time
}

// RecordHandover keeps that the author of records of a booking gave them, those
// up to the last one, to the booking's counsellor. It is never changed.
type RecordHandover struct {
	ID           ID `gorm:"primaryKey;autoIncrement:false"`
	BookingID    ID
	AuthorID     ID
	CounsellorID ID // who received them
	LastRecordID ID // the author's newest record at that time
	CreatedAt    time.Time
}

// WaitStatus is where a wait-list entry stands.
type WaitStatus string

// The states of a wait-list entry: waiting → offered → taken, expired or, once, waiting again; cancelled from either of the first two.
const (
	WaitWaiting   WaitStatus = "waiting"
	WaitOffered   WaitStatus = "offered"
	WaitTaken     WaitStatus = "taken"
	WaitExpired   WaitStatus = "expired"
	WaitCancelled WaitStatus = "cancelled"
)

// WaitEntry is a place on the wait-list (候补) for a counsellor or a room.
type WaitEntry struct {
	ID           ID `gorm:"primaryKey;autoIncrement:false"`
	AccountID    ID
	AttendeeID   ID
	PupilID      ID
	CounsellorID ID // zero: any of the room
	RoomID       ID // zero: wherever the counsellor is
	FromAt       time.Time
	ToAt         time.Time
	Status       WaitStatus
	SlotID       ID // the slot on offer, or zero
	HeldUntil    *time.Time
	BookingID    ID // the booking that came of it, or zero
	// LapsedSlotID is the slot whose offer lapsed without an answer while the entry
	// kept its place, or zero. It keeps it once.
	LapsedSlotID ID
	RequestKey   *string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Offered reports whether a slot is held for the entry at now.
func (e WaitEntry) Offered(now time.Time) bool {
	return e.Status == WaitOffered && e.HeldUntil != nil && now.Before(*e.HeldUntil)
}

// KeepsPlace reports whether the entry waits on when its offer lapses at now.
func (e WaitEntry) KeepsPlace(now time.Time) bool {
	return e.LapsedSlotID == 0 && now.Before(e.ToAt)
}
