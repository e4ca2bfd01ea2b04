package emulator

import (
	"regexp"
	"time"
)

const phonePath = "/wxa/business/getuserphonenumber"

// phoneCode is a code that stands for a number.
type phoneCode struct {
	number  string
	expires time.Time
}

// demoPhone is a code that people type in a demo.
var demoPhone = regexp.MustCompile(`^demo-phone-([0-9]{11})$`)

// IssuePhoneCode does what a tap on the button for the phone number does: it
// gives a code for it, good for one use within CodeLifetime. A number of
// another country begins with + and its code.
func (e *Emulator) IssuePhoneCode(number string) string {
	code := randomHex(32)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.phoneCodes[code] = phoneCode{number, e.opts.Clock().Add(CodeLifetime)}
	return code
}

type phoneRequest struct {
	Code string `json:"code"`
}

type phoneInfo struct {
	Number      string `json:"phoneNumber"`
	Pure        string `json:"purePhoneNumber"`
	CountryCode string `json:"countryCode"`
	Watermark   struct {
		Timestamp int64  `json:"timestamp"`
		AppID     string `json:"appid"`
	} `json:"watermark"`
}

var foreign = regexp.MustCompile(`^\+([0-9]{1,3}) ([0-9]+)$`)

// phoneNumber is POST /wxa/business/getuserphonenumber. A used code is as
// invalid as one that never was.
func (e *Emulator) phoneNumber(in phoneRequest, now time.Time) (any, *refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	issued, ok := e.phoneCodes[in.Code]
	delete(e.phoneCodes, in.Code)
	if demo := demoPhone.FindStringSubmatch(in.Code); demo != nil && e.opts.DemoCodes {
		issued, ok = phoneCode{demo[1], now.Add(CodeLifetime)}, true
	}
	if !ok || !now.Before(issued.expires) {
		return nil, &refusal{40029, "invalid code"}
	}
	info := phoneInfo{Number: issued.number, Pure: issued.number, CountryCode: "86"}
	if parts := foreign.FindStringSubmatch(issued.number); parts != nil {
		info.Number, info.Pure, info.CountryCode = "+"+parts[1]+parts[2], parts[2], parts[1]
	}
	info.Watermark.Timestamp, info.Watermark.AppID = now.Unix(), e.opts.AppID
	return struct {
		done
		Info phoneInfo `json:"phone_info"`
	}{done{Message: "ok"}, info}, nil
}
