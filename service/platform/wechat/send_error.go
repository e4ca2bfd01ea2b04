package wechat

import (
	"errors"
	"fmt"
)

// Fault is why WeChat refused to deliver a message.
type Fault uint8

// The faults. The codes are those of
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
// and of https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
const (
	// FaultOther is a code that we know nothing of; a repeat is not worth it.
	FaultOther Fault = iota
	// FaultRefused (43101): the person has not allowed it, has used the permission up or taken it back.
	FaultRefused
	// FaultField (47003): a value is missing, too long or of the wrong form.
	FaultField
	// FaultPage (41030): the published mini-program has no such page.
	FaultPage
	// FaultRecipient (40003): there is no such openid with this account.
	FaultRecipient
	// FaultTemplate (40037): the account has no such template.
	FaultTemplate
	// FaultNotFollowing (43004): the person does not follow the official account.
	FaultNotFollowing
	// FaultQuota (45009): no more messages today.
	FaultQuota
	// FaultBusy (-1, 45011): WeChat did not take it this time; it may be repeated soon.
	FaultBusy
	// FaultBanned (43107, 43108, 48001, 48004, 50002): the account may not send, or this person may not be sent to.
	FaultBanned
)

var faultNames = [...]string{"other", "refused", "field", "page", "recipient", "template", "not_following", "quota", "busy", "banned"}

// String names the fault for logs and metrics.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// faults are by errcode.
var faults = map[int64]Fault{
	43101: FaultRefused, 47003: FaultField, 41030: FaultPage, 40003: FaultRecipient, 40037: FaultTemplate, 43004: FaultNotFollowing,
	45009: FaultQuota, -1: FaultBusy, 45011: FaultBusy,
	43107: FaultBanned, 43108: FaultBanned, 48001: FaultBanned, 48004: FaultBanned, 50002: FaultBanned,
}

// SendError is WeChat's definite refusal of a message: it was not delivered.
type SendError struct {
	Fault Fault
	// Code is WeChat's errcode.
	Code int64
}

// Error implements error; it says nothing of the message.
func (e *SendError) Error() string {
	return fmt.Sprintf("wechat: not delivered: %s (errcode %d)", e.Fault, e.Code)
}

// notSent marks an error before which nothing had left for WeChat.
type notSent struct{ cause error }

func (e notSent) Error() string { return "wechat: nothing was sent: " + e.cause.Error() }

// Unwrap gives the cause.
func (e notSent) Unwrap() error { return e.cause }

// NotSent reports whether the call surely never reached WeChat, or had no
// effect there: the breaker was open, no connection came about, or there was
// no access token that WeChat takes. Such a call may be repeated. After any
// other error that is no *SendError it is unknown whether a message arrived.
func NotSent(err error) bool {
	var e notSent
	return errors.As(err, &e)
}
