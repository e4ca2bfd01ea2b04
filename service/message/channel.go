package message

import "context"

// Delivery is a message as it is sent.
type Delivery struct {
	OpenID     string
	TemplateID string
	Page       string            // in the mini-program
	Data       map[string]string // keyword → value, within WeChat's limits
}

// Result is what became of a delivery.
type Result uint8

// The results.
const (
	// Unknown means that it may have arrived: it was sent, and no response came.
	Unknown Result = iota
	// Delivered means that WeChat took it.
	Delivered
	// NotPermitted means that the person has not allowed it, or does not follow.
	NotPermitted
	// Rejected means that WeChat will never take it: a field, the page or the
	// template is wrong, or there is no such recipient.
	Rejected
	// Busy means that WeChat did not take it this time.
	Busy
	// NotSent means that it surely never reached WeChat.
	NotSent
)

// Channel carries deliveries. Its reason is a short code for the log and the
// row ("43101", "timeout"), never WeChat's own text.
type Channel interface {
	Send(ctx context.Context, d Delivery) (result Result, reason string)
}

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
	reasonNoChannel = "no_leave"  // neither permission nor following
	reasonLease     = "lease"     // the process that sent it never recorded a result
	reasonOutage    = "away"      // WeChat does not respond and time runs out
	reasonTried     = "exhausted" // busy too often
)
