package model

import "time"

// LessonStatus is where a lesson stands in its life.
type LessonStatus string

// A lesson is drafted, published and perhaps withdrawn.
const (
	LessonDraft     LessonStatus = "draft"
	LessonPublished LessonStatus = "published"
	LessonWithdrawn LessonStatus = "withdrawn"
)

// Lesson is a micro-lesson (微课): one video, published by a unit for all below it.
type Lesson struct {
	ID          ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID      ID
	Title       string
	Summary     string
	Sides       `gorm:"embedded"`
	Term        Term
	VideoKey    string // names a file in the media store
	LessonCover `gorm:"embedded"`
	// DurationSeconds is read from the video file, whole seconds, rounded down.
	DurationSeconds int
	// PassPercent of the seconds must be watched to be covered.
	PassPercent int
	// MaxRatePercent is the fastest playback that is credited; 200 is double speed.
	MaxRatePercent int
	Status         LessonStatus
	PublishFrom    *time.Time // nil: from now on
	PublishUntil   *time.Time // nil: for good; exclusive
	Version        int        // grows with every change, against lost edits
	CreatedBy      ID
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Validate returns the rule that the row breaks, or nil.
func (l Lesson) Validate() error {
	switch {
	case l.PassPercent < MinPassPercent || l.PassPercent > 100:
		return Invalid("passPercent", "pass_percent_invalid", "通过比例应在 50% 到 100% 之间")
	case l.MaxRatePercent < 100 || l.MaxRatePercent > 200:
		return Invalid("maxRate", "max_rate_invalid", "最快倍速应在 1 倍到 2 倍之间")
	case !l.ForPupils && !l.ForGuardians:
		return errNoSide
	}
	return nil
}

// MinPassPercent is the least share of a lesson that can be asked for.
const MinPassPercent = 50

// Open reports whether families can watch the lesson at now.
func (l Lesson) Open(now time.Time) bool {
	return l.Status == LessonPublished &&
		(l.PublishFrom == nil || !now.Before(*l.PublishFrom)) &&
		(l.PublishUntil == nil || now.Before(*l.PublishUntil))
}

// Item is the lesson as a thing to be covered.
func (l Lesson) Item() Item { return Item{Kind: ItemLesson, ID: l.ID, UnitID: l.UnitID} }

// Watch is one play session of a lesson on one phone. It never changes.
type Watch struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	LessonID  ID
	AccountID ID
	// ViewerID is the person whose progress the reports count for: a pupil's
	// id or, for a guardian watching alone, the account's.
	ViewerID ID
	// CompanionID is the guardian's account that is credited beside the pupil, or zero.
	CompanionID ID
	PupilID     ID // the pupil watched with or for, or zero
	OpenedAt    time.Time
}

// LessonProgress is what one person has seen of one lesson.
type LessonProgress struct {
	ViewerID ID `gorm:"primaryKey;autoIncrement:false"`
	LessonID ID `gorm:"primaryKey;autoIncrement:false"`
	// WatchID is the newest watch; LastSeq is the newest report of it.
	WatchID        ID
	LastSeq        int64
	Position       int    // seconds, where to resume
	WatchedSeconds int    // the bits set in Bitmap
	Bitmap         Bitmap // one bit a second of media time
	StartedAt      *time.Time
	CompletedAt    *time.Time
	UpdatedAt      time.Time
}

// TableName names the table.
func (LessonProgress) TableName() string { return "lesson_progress" }
