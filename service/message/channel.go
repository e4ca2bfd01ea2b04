package message

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
)

// Letter is a message as it leaves.
type Letter struct {
	OpenID     string
	TemplateID string
	Page       string            // in the mini-program
	Data       map[string]string // keyword → value, within WeChat's limits
}

// Answer is what became of a letter.
type Answer uint8

// The answers.
const (
	// Unclear means that the letter may have arrived: it left, and no answer came.
	Unclear Answer = iota
	// Delivered means that WeChat took it.
	Delivered
	// NoLeave means that the person has not allowed it, or does not follow.
	NoLeave
	// Unfit means that WeChat will never take it: a field, the page or the
	// template is wrong, or there is no such recipient.
	Unfit
	// Busy means that WeChat did not take it this time.
	Busy
	// NotSent means that it surely never reached WeChat.
	NotSent
)

// Channel carries letters. Its reason is a short code for the log and the
// row ("43101", "timeout"), never WeChat's own text.
type Channel interface {
	Send(ctx context.Context, letter Letter) (answer Answer, reason string)
}

// Followers are the openids with the official account of those of the accounts
// that follow it.
type Followers func(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error)

// The names of the channels, in rows and metrics.
const (
	channelNone        = "none"
	channelMiniProgram = "mini_program"
	channelOfficial    = "official"
	channelCall        = "call"
)

// The reasons that end a message without WeChat's doing.
const (
	reasonCauseGone = "cause_gone"
	reasonLate      = "late"      // its cut-off has passed
	reasonUnbound   = "unbound"   // the recipient has nothing to do with the pupil any more
	reasonConsent   = "consent"   // was withdrawn
	reasonDisabled  = "disabled"  // the account is
	reasonNoChannel = "no_leave"  // neither leave nor following
	reasonLease     = "lease"     // the process that sent it never noted an answer
	reasonAway      = "away"      // WeChat stays away and time runs out
	reasonTried     = "exhausted" // busy too often
)
