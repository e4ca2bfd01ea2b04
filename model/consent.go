package model

import "time"

// Purpose is what personal data is used for; consent is given and withdrawn
// for each purpose apart (个人信息保护法 arts. 14-16, 29).
type Purpose string

// The purposes that need consent.
const (
	// PurposeLearning covers watch records, check-ins and their coverage figures.
	PurposeLearning Purpose = "learning"
	// PurposeCounselling covers bookings and the counselling that follows.
	PurposeCounselling Purpose = "counselling"
)

// Purposes lists all purposes.
var Purposes = []Purpose{PurposeLearning, PurposeCounselling}

// Consent is an account's present word on one purpose, for its own data and,
// where the account is a guardian's, for its children's.
type Consent struct {
	AccountID   ID      `gorm:"primaryKey;autoIncrement:false"`
	Purpose     Purpose `gorm:"primaryKey"`
	Version     string  // of the text that was agreed to
	GivenAt     time.Time
	WithdrawnAt *time.Time
}

// ConsentEvent is one line of the consent history, never changed.
type ConsentEvent struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	AccountID ID
	Purpose   Purpose
	Version   string
	Action    string // "given" or "withdrawn"
	At        time.Time
}

// AgeOfConsent is the age in years below which only a guardian can consent
// (个人信息保护法 art. 31).
const AgeOfConsent = 14
