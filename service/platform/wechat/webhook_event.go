package wechat

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// EventKind says what a webhook call is about.
type EventKind string

// The kinds that we read. All others are EventOther: known to be WeChat's,
// and nothing that concerns us.
const (
	// EventPermissions: the person replied to the question for messages, or
	// changed a reply in WeChat's settings.
	// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html
	EventPermissions EventKind = "permissions"
	// EventSent: what became of messages that WeChat took. The same document.
	EventSent EventKind = "sent"
	// EventMedia: the judgement of a picture.
	// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/mediaCheckAsync.html
	EventMedia EventKind = "media"
	// EventFollow and EventUnfollow: the person follows the official account, or no longer.
	// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
	EventFollow   EventKind = "follow"
	EventUnfollow EventKind = "unfollow"
	EventOther    EventKind = "other"
)

// Event is a webhook call that was found to be genuine.
type Event struct {
	App    App       `json:"app"`
	Kind   EventKind `json:"kind"`
	OpenID string    `json:"openId"` // whose it is, within App
	At     time.Time `json:"at"`
	// Key is the same for a webhook call and its repeats, and different for any two others.
	Key         string       `json:"key"`
	Permissions []Permission `json:"permissions,omitempty"` // of EventPermissions
	Sent        []Delivery   `json:"sent,omitempty"`        // of EventSent
	Media       *Media       `json:"media,omitempty"`       // of EventMedia
}

// Permission is the person's reply for one template.
type Permission struct {
	TemplateID string `json:"templateId"`
	Accepted   bool   `json:"accepted"`
	// Changed says that the reply was changed in WeChat's settings: a refusal
	// there holds for all that was accepted before.
	Changed bool `json:"changed,omitempty"`
}

// Delivery is what became of one message.
type Delivery struct {
	TemplateID string `json:"templateId"`
	MessageID  string `json:"messageId"`
	Code       int64  `json:"code"` // zero: it arrived
}

// Media is WeChat's judgement of a picture.
type Media struct {
	TraceID string `json:"traceId"` // as Client.CheckMedia returned it
	Verdict string `json:"verdict"` // pass, review or risky; empty where WeChat could not judge
	Code    int64  `json:"code"`
}

// token is the form of openids, template ids and trace ids.
var token = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// lastSecond is the end of the year 9999, after which neither JSON nor MySQL has a time.
const lastSecond = 253_402_300_799

// readEvent makes an event of a message. What is not of WeChat's form is RefusedForm.
func readEvent(app App, message *tree) (Event, error) {
	head, ok := message.texts("FromUserName", "CreateTime", "MsgType", "Event", "MsgId")
	if !ok {
		return Event{}, RefusedForm
	}
	openID, created, msgType, name, msgID := head[0], head[1], head[2], head[3], head[4]
	at, err := strconv.ParseInt(created, 10, 64)
	if err != nil || at <= 0 || at > lastSecond || msgType == "" || len(openID) > 64 || !token.MatchString(openID) {
		return Event{}, RefusedForm
	}
	e := Event{App: app, Kind: EventOther, OpenID: openID, At: time.Unix(at, 0).UTC()}
	var which string // tells two events of one second apart
	if msgType == "event" {
		if which, err = e.read(name, message); err != nil {
			return Event{}, err
		}
	}
	// WeChat's advice: messages by MsgId, events by sender and time,
	// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
	parts := []string{string(app), openID, created, msgType, name, which}
	if msgID != "" {
		if !token.MatchString(msgID) {
			return Event{}, RefusedForm
		}
		parts = []string{string(app), msgID}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	e.Key = hex.EncodeToString(sum[:])
	return e, nil
}

// read fills in what the kind of event has of its own.
func (e *Event) read(name string, message *tree) (which string, err error) {
	switch {
	case name == "subscribe" && e.App == OfficialAccount:
		e.Kind = EventFollow
	case name == "unsubscribe" && e.App == OfficialAccount:
		e.Kind = EventUnfollow
	case name == "subscribe_msg_popup_event", name == "subscribe_msg_change_event":
		e.Kind = EventPermissions
		return e.readPermissions(message, name == "subscribe_msg_change_event")
	case name == "subscribe_msg_sent_event":
		e.Kind = EventSent
		return e.readSent(message)
	case name == "wxa_media_check":
		e.Kind = EventMedia
		return e.readMedia(message)
	}
	return "", nil
}

// accepting are the answers that let us send: with a sound or a reminder too.
// All others are a no, also ban and filter, by which WeChat itself does not ask
// (https://developers.weixin.qq.com/miniprogram/dev/api/open-api/subscribe-message/wx.requestSubscribeMessage.html).
var accepting = map[string]bool{"accept": true, "acceptWithAlert": true, "acceptWithAudio": true}

func (e *Event) readPermissions(message *tree, changed bool) (which string, err error) {
	for _, item := range message.withMember("TemplateId") {
		texts, ok := item.texts("TemplateId", "SubscribeStatusString")
		if !ok || !token.MatchString(texts[0]) || texts[1] == "" {
			return "", RefusedForm
		}
		template, answer := texts[0], texts[1]
		e.Permissions = append(e.Permissions, Permission{TemplateID: template, Accepted: accepting[answer], Changed: changed})
		which += template + " " + answer + "\x00"
	}
	return which, nil
}

func (e *Event) readSent(message *tree) (which string, err error) {
	for _, item := range message.withMember("TemplateId") {
		texts, ok := item.texts("TemplateId", "MsgID", "ErrorCode")
		if !ok || !token.MatchString(texts[0]) || !token.MatchString(texts[1]) {
			return "", RefusedForm
		}
		template, id := texts[0], texts[1]
		code, err := strconv.ParseInt(texts[2], 10, 64)
		if err != nil {
			return "", RefusedForm
		}
		e.Sent = append(e.Sent, Delivery{TemplateID: template, MessageID: id, Code: code})
		which += id + "\x00"
	}
	return which, nil
}

// verdicts are the judgements that WeChat gives.
var verdicts = map[string]bool{"pass": true, "review": true, "risky": true}

func (e *Event) readMedia(message *tree) (which string, err error) {
	texts, ok := message.texts("trace_id", "errcode")
	if !ok || !token.MatchString(texts[0]) {
		return "", RefusedForm
	}
	e.Media = &Media{TraceID: texts[0]}
	if texts[1] != "" {
		if e.Media.Code, err = strconv.ParseInt(texts[1], 10, 64); err != nil {
			return "", RefusedForm
		}
	}
	if e.Media.Code != 0 {
		return texts[0], nil // WeChat could not judge it, whatever the result says
	}
	for _, result := range message.children("result") {
		verdict, ok := result.texts("suggest")
		if !ok || !verdicts[verdict[0]] {
			return "", RefusedForm
		}
		e.Media.Verdict = verdict[0]
	}
	return texts[0], nil
}
