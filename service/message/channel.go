package message

import (
	"context"
	"errors"
	"strconv"

	"xinyu/service/platform/wechat"
)

// Channel carries messages: the mini-program's, wechat.Client, and the official
// account's, wechat.Official.
type Channel interface {
	Send(ctx context.Context, m wechat.Message) error
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

// resultOf reads the error of a Channel. What is neither a definite refusal nor
// surely not sent may have arrived. The reason is a short code for the log and
// the row ("43101"), never WeChat's own text.
func resultOf(err error) (result Result, reason string) {
	var refusal *wechat.SendError
	switch {
	case err == nil:
		return Delivered, ""
	case errors.As(err, &refusal):
		code := strconv.FormatInt(refusal.Code, 10)
		switch refusal.Fault {
		case wechat.FaultRefused, wechat.FaultNotFollowing:
			return NotPermitted, code
		case wechat.FaultBusy, wechat.FaultQuota:
			return Busy, code
		}
		return Rejected, code
	case wechat.NotSent(err):
		return NotSent, "not_sent"
	}
	return Unknown, "no_answer"
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
