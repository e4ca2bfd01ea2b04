package emulator

import (
	"maps"
	"slices"
	"time"
)

// Channel is by which way a message came.
type Channel string

// The channels.
const (
	// ChannelSubscribe is a subscribe message of the mini-program.
	ChannelSubscribe Channel = "subscribe"
	// ChannelOfficial is a template message of the official account.
	ChannelOfficial Channel = "official"
)

// maxSent is how many messages are remembered.
const maxSent = 200_000

// Message is a message that arrived on a phone.
type Message struct {
	At         time.Time
	Channel    Channel
	OpenID     string
	TemplateID string
	Page, URL  string // where a tap leads
	Data       map[string]string
}

// Deliver puts a message on its phone, whatever the rules.
func (b *base) Deliver(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deliver(m)
}

func (b *base) deliver(m Message) {
	if len(b.sent) >= maxSent {
		b.sent = slices.Delete(b.sent, 0, maxSent/10)
	}
	m.Data = maps.Clone(m.Data)
	b.sent = append(b.sent, m)
}

// Sent are the messages that arrived, oldest first.
func (b *base) Sent() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sent)
}

// SentTo are those that arrived on one person's phone.
func (b *base) SentTo(openID string) []Message {
	return slices.DeleteFunc(b.Sent(), func(m Message) bool { return m.OpenID != openID })
}
