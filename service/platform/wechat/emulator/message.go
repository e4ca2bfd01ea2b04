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
func (e *Emulator) Deliver(m Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deliver(m)
}

func (e *Emulator) deliver(m Message) {
	if len(e.sent) >= maxSent {
		e.sent = slices.Delete(e.sent, 0, maxSent/10)
	}
	m.Data = maps.Clone(m.Data)
	e.sent = append(e.sent, m)
}

// Sent are the messages that arrived, oldest first.
func (e *Emulator) Sent() []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.sent)
}

// SentTo are those that arrived on one person's phone.
func (e *Emulator) SentTo(openID string) []Message {
	return slices.DeleteFunc(e.Sent(), func(m Message) bool { return m.OpenID != openID })
}
