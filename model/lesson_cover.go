package model

import "time"

// CoverStatus is what WeChat thinks of a lesson's cover picture.
type CoverStatus string

// A cover waits for WeChat's judgement. Without a status it was put up where,
// or when, nobody judged covers.
const (
	CoverUnchecked CoverStatus = "unchecked"
	CoverPass      CoverStatus = "pass"
	CoverReview    CoverStatus = "review" // WeChat wants a person to look, or could not judge
	CoverRisky     CoverStatus = "risky"
)

// LessonCover is a lesson's cover picture and its judgement.
type LessonCover struct {
	// CoverKey names the file in the media store.
	CoverKey    string
	CoverStatus CoverStatus
	CoverBy     ID         // who put it up
	CoverSetAt  *time.Time // when
	// CoverCheckAt is when to ask WeChat, or to ask it again; nil: not any more.
	CoverCheckAt *time.Time
	CoverTrace   string // by which WeChat's answer names the picture
}

// CoverShown reports whether families see the cover.
func (c LessonCover) CoverShown() bool {
	return c.CoverKey != "" && (c.CoverStatus == "" || c.CoverStatus == CoverPass)
}
