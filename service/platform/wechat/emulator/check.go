package emulator

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	textCheckPath = "/wxa/msg_sec_check"
	mediaPath     = "/wxa/media_check_async"
	// activeFor is how long after a login a person's texts and pictures are judged.
	activeFor = 2 * time.Hour
)

// Words that decide a text's verdict here.
const (
	RiskyWord  = "违规示例"
	ReviewWord = "待审示例"
)

// Media is a picture that was handed in to be judged. WeChat pushes its verdict.
type Media struct {
	OpenID, URL, TraceID string
	At                   time.Time
}

// Media are the pictures handed in, oldest first.
func (e *Emulator) Media() []Media {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Media(nil), e.media...)
}

// Visit makes the person one who has just used the mini-program, as a login does.
func (e *Emulator) Visit(openID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.visits[openID] = e.opts.Clock()
}

// judgeable returns why the person's content is not judged. In a demo no visit
// is asked for.
func (e *Emulator) judgeable(openID string, scene, version int, now time.Time) *refusal {
	visited, ok := e.visits[openID]
	switch {
	case version != 2:
		return &refusal{40097, "invalid args"}
	case scene < 1 || scene > 4:
		return &refusal{40129, "invalid scene"}
	case !isOpenID(openID):
		return &refusal{40003, "invalid openid"}
	case !e.opts.DemoCodes && (!ok || now.Sub(visited) > activeFor):
		return &refusal{61010, "code is expired"}
	}
	return nil
}

type textRequest struct {
	OpenID  string `json:"openid"`
	Scene   int    `json:"scene"`
	Version int    `json:"version"`
	Content string `json:"content"`
}

// checkText is POST /wxa/msg_sec_check.
func (e *Emulator) checkText(in textRequest, now time.Time) (any, *refusal) {
	if refused := e.judgeable(in.OpenID, in.Scene, in.Version, now); refused != nil {
		return nil, refused
	}
	if n := utf8.RuneCountInString(in.Content); n == 0 || n > 2500 {
		return nil, &refusal{47001, "content size out of limit"}
	}
	if refused := e.within(textCheckPath, now); refused != nil {
		return nil, refused
	}
	suggest, label := "pass", 100
	switch {
	case strings.Contains(in.Content, RiskyWord):
		suggest, label = "risky", 20006
	case strings.Contains(in.Content, ReviewWord):
		suggest, label = "review", 21000
	}
	return done(answer{"trace_id": traceID(), "result": answer{"suggest": suggest, "label": label}}), nil
}

type mediaRequest struct {
	OpenID    string `json:"openid"`
	Scene     int    `json:"scene"`
	Version   int    `json:"version"`
	MediaURL  string `json:"media_url"`
	MediaType int    `json:"media_type"` // 1 sound, 2 picture
}

// checkMedia is POST /wxa/media_check_async. The picture is not fetched.
func (e *Emulator) checkMedia(in mediaRequest, now time.Time) (any, *refusal) {
	if refused := e.judgeable(in.OpenID, in.Scene, in.Version, now); refused != nil {
		return nil, refused
	}
	if address, err := url.Parse(in.MediaURL); err != nil || address.Host == "" || in.MediaType != 1 && in.MediaType != 2 {
		return nil, &refusal{40004, "invalid media type"}
	}
	if refused := e.within(mediaPath, now); refused != nil {
		return nil, refused
	}
	m := Media{OpenID: in.OpenID, URL: in.MediaURL, TraceID: traceID(), At: now}
	e.media = append(e.media, m)
	return done(answer{"trace_id": m.TraceID}), nil
}

// traceID has the form of WeChat's.
func traceID() string {
	return randomHex(4) + "-" + randomHex(4) + "-" + randomHex(4)
}
