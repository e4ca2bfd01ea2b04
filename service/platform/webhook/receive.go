package webhook

import (
	"context"
	"errors"
	"net/url"

	"xinyu/service/platform/wechat"
)

// Receive takes a webhook call of any programme of ours. Once it has returned without
// an error, the webhook call is kept for good. Beside those of the database, its error
// is a wechat.Refusal.
func (b *Inbox) Receive(ctx context.Context, query url.Values, body []byte) error {
	var event wechat.Event
	err := b.any(func(r *wechat.WebhookReceiver) (err error) {
		event, err = r.Open(query, body)
		return err
	})
	if err != nil {
		return err
	}
	if event.Kind == wechat.EventOther {
		taken.WithLabelValues("unread").Inc()
		return nil
	}
	fresh, err := b.put(ctx, event)
	if err != nil {
		return err
	}
	result := "repeated"
	if fresh {
		result = "taken"
	}
	taken.WithLabelValues(result).Inc()
	select {
	case b.wake <- struct{}{}:
	default: // it is about to look anyway
	}
	return nil
}

// Echo returns the question with which WeChat's console confirms the address.
func (b *Inbox) Echo(query url.Values) (echo string, err error) {
	err = b.any(func(r *wechat.WebhookReceiver) (err error) {
		echo, err = r.Echo(query)
		return err
	})
	return echo, err
}

// any finds the programme that is meant: each has a token of its own, so the
// signature tells. The response is the refusal of the one that came furthest.
func (b *Inbox) any(try func(*wechat.WebhookReceiver) error) error {
	var refused error = wechat.RefusedSignature
	for _, r := range b.receivers {
		err := try(r)
		if err == nil {
			return nil
		}
		if !errors.Is(err, wechat.RefusedSignature) {
			refused = err
		}
	}
	var reason wechat.Refusal
	if errors.As(refused, &reason) {
		taken.WithLabelValues(string(reason)).Inc()
	}
	return refused
}
