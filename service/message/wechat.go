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
func MiniProgram(sender SubscribeSender) Channel { return subscribeChannel{sender} }

type subscribeChannel struct{ sender SubscribeSender }

// Send implements Channel.
func (c subscribeChannel) Send(ctx context.Context, d Delivery) (Result, string) {
	return resultOf(c.sender.SendSubscribe(ctx, wechat.SubscribeMessage{OpenID: d.OpenID, TemplateID: d.TemplateID, Page: d.Page, Data: d.Data}))
}

// TemplateSender sends template messages: wechat.Official.
type TemplateSender interface {
	SendTemplate(ctx context.Context, m wechat.TemplateMessage) error
}

// Official is the channel of an official account's template messages. They
// lead to the same pages of the mini-program.
func Official(sender TemplateSender) Channel { return templateChannel{sender} }

type templateChannel struct{ sender TemplateSender }

// Send implements Channel.
func (c templateChannel) Send(ctx context.Context, d Delivery) (Result, string) {
	return resultOf(c.sender.SendTemplate(ctx, wechat.TemplateMessage{OpenID: d.OpenID, TemplateID: d.TemplateID, Page: d.Page, Data: d.Data}))
}

// resultOf reads the error of a call to WeChat. What is neither a definite
// refusal nor surely not sent may have arrived.
func resultOf(err error) (Result, string) {
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
