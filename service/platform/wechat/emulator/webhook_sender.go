package emulator

import (
	"context"
	"maps"
	"sync"
	"time"
)

// WebhookSender pushes what people do to a programme's server. It is safe for
// concurrent use.
type WebhookSender struct {
	clock func() time.Time

	mu       sync.Mutex
	settings WebhookSettings
	last     map[string]time.Time // by openid
}

// NewWebhookSender makes a WebhookSender with the settings; a nil clock means time.Now.
func NewWebhookSender(settings WebhookSettings, clock func() time.Time) *WebhookSender {
	if clock == nil {
		clock = time.Now
	}
	return &WebhookSender{clock: clock, settings: settings, last: map[string]time.Time{}}
}

// To sets where to post from now on, as the address in WeChat's console.
func (p *WebhookSender) To(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings.URL = address
}

// Push pushes what the person has just done, as WebhookSettings.Push does; event
// says what, such as FollowEvent. A nil WebhookSender pushes nothing.
func (p *WebhookSender) Push(ctx context.Context, openID string, event func(at time.Time) string) error {
	if p == nil {
		return nil
	}
	settings, at := p.moment(openID)
	return settings.Push(ctx, event(at), p.clock)
}

// moment is when the person did it. Events have it in whole seconds, and servers take
// two of one person in the same second for one; only in a browser does anybody
// tap so fast.
func (p *WebhookSender) moment(openID string) (WebhookSettings, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock().Truncate(time.Second)
	at := now
	if last := p.last[openID]; !at.After(last) {
		at = last.Add(time.Second)
	}
	maps.DeleteFunc(p.last, func(_ string, last time.Time) bool { return last.Before(now) })
	p.last[openID] = at
	return p.settings, at
}
