package emulator

import (
	"bytes"
	"cmp"
	"image/jpeg"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"
)

const (
	codePath = "/wxa/getwxacodeunlimit"
	linkPath = "/wxa/generate_urllink"
	// longestLink is how far ahead a link may end.
	longestLink = 30 * 24 * time.Hour
)

var (
	sceneForm = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$`)
	queryForm = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]*$`)
)

type codeRequest struct {
	Scene     string `json:"scene"`
	Page      string `json:"page"`
	CheckPath *bool  `json:"check_path"` // true where it is missing
	Width     int    `json:"width"`
}

// drawCode is POST /wxa/getwxacodeunlimit. The picture is a QR code of what a
// real code would open, for whoever scans it in a demo.
func (e *Emulator) drawCode(in codeRequest, now time.Time) (any, *refusal) {
	checked := in.CheckPath == nil || *in.CheckPath
	switch {
	case !sceneForm.MatchString(in.Scene):
		return nil, &refusal{40129, "invalid scene"}
	case strings.ContainsAny(in.Page, "?") || strings.HasPrefix(in.Page, "/"),
		checked && in.Page != "" && !e.hasPage(in.Page):
		return nil, &refusal{41030, "invalid page"}
	case in.Width != 0 && (in.Width < 280 || in.Width > 1280):
		return nil, &refusal{40097, "invalid args"}
	}
	if refused := e.within(codePath, now); refused != nil {
		return nil, refused
	}
	code, err := qrcode.New("https://wxaurl.cn/emulated/"+in.Page+"?scene="+url.QueryEscape(in.Scene), qrcode.Medium)
	if err != nil {
		return nil, &refusal{-1, "system error"}
	}
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, code.Image(cmp.Or(in.Width, 430)), nil); err != nil {
		return nil, &refusal{-1, "system error"}
	}
	return jpegPicture(picture.Bytes()), nil
}

type linkRequest struct {
	Path           string `json:"path"`
	Query          string `json:"query"`
	ExpireType     int    `json:"expire_type"`
	ExpireTime     int64  `json:"expire_time"`
	ExpireInterval int    `json:"expire_interval"`
}

// Link is a URL link that was made.
type Link struct {
	URL, Page, Query string
	Expires          time.Time
}

// makeLink is POST /wxa/generate_urllink.
func (e *Emulator) makeLink(in linkRequest, now time.Time) (any, *refusal) {
	expires := time.Unix(in.ExpireTime, 0)
	if in.ExpireType == 1 {
		expires = now.Add(time.Duration(in.ExpireInterval) * 24 * time.Hour)
	}
	switch {
	case strings.Contains(in.Path, "?"), in.Path != "" && !e.hasPage(in.Path):
		return nil, &refusal{40165, "invalid weapp pagepath"}
	case !queryForm.MatchString(in.Query) || len(in.Query) > 1024:
		return nil, &refusal{40212, "invalid query"}
	case !expires.After(now):
		return nil, &refusal{85402, "expire time is in the past"}
	case expires.After(now.Add(longestLink)):
		return nil, &refusal{85401, "expire time is too far ahead"}
	}
	if refused := e.within(linkPath, now); refused != nil {
		return nil, refused
	}
	link := Link{URL: "https://wxaurl.cn/" + randomHex(6), Page: in.Path, Query: in.Query, Expires: expires}
	e.links = append(e.links, link)
	return done(answer{"url_link": link.URL}), nil
}

// Links are the URL links that were made, oldest first.
func (e *Emulator) Links() []Link {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Link(nil), e.links...)
}
