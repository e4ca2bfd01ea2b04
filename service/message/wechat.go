package message

import (
	"context"
	"errors"
	"strconv"

	"xinyu/service/platform/wechat"
)

// SubscribeSender sends subscribe messages: wechat.Client.
type SubscribeSender interface {
	SendSubscribe(ctx context.Context, m wechat.SubscribeMessage) error
}

// MiniProgram is the channel of a mini-program's subscribe messages.
func MiniProgram(sender SubscribeSender) Channel { return miniProgram{sender} }

type miniProgram struct{ sender SubscribeSender }

// Send implements Channel.
func (c miniProgram) Send(ctx context.Context, l Letter) (Answer, string) {
	return answerOf(c.sender.SendSubscribe(ctx, wechat.SubscribeMessage{OpenID: l.OpenID, TemplateID: l.TemplateID, Page: l.Page, Data: l.Data}))
}

// TemplateSender sends template messages: wechat.Official.
type TemplateSender interface {
	SendTemplate(ctx context.Context, m wechat.TemplateMessage) error
}

// Official is the channel of an official account's template messages. They
// lead to the same pages of the mini-program.
func Official(sender TemplateSender) Channel { return official{sender} }

type official struct{ sender TemplateSender }

// Send implements Channel.
func (c official) Send(ctx context.Context, l Letter) (Answer, string) {
	return answerOf(c.sender.SendTemplate(ctx, wechat.TemplateMessage{OpenID: l.OpenID, TemplateID: l.TemplateID, Page: l.Page, Data: l.Data}))
}

// answerOf reads what the door to WeChat says. What is neither a definite no
// nor surely not sent may have arrived.
func answerOf(err error) (Answer, string) {
	var no *wechat.SendError
	switch {
	case err == nil:
		return Delivered, ""
	case errors.As(err, &no):
		code := strconv.FormatInt(no.Code, 10)
		switch no.Fault {
		case wechat.FaultRefused, wechat.FaultNotFollowing:
			return NoLeave, code
		case wechat.FaultBusy, wechat.FaultQuota:
			return Busy, code
		}
		return Unfit, code
	case wechat.NotSent(err):
		return NotSent, "not_sent"
	}
	return Unclear, "no_answer"
}
