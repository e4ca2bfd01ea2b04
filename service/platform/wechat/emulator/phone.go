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

var foreign = regexp.MustCompile(`^\+([0-9]{1,3}) ([0-9]+)$`)

// phoneNumber is POST /wxa/business/getuserphonenumber. A used code is as
// invalid as one that never was.
func (e *Emulator) phoneNumber(in phoneRequest, now time.Time) (any, *refusal) {
	issued, ok := e.phoneCodes[in.Code]
	delete(e.phoneCodes, in.Code)
	if demo := demoPhone.FindStringSubmatch(in.Code); demo != nil && e.opts.DemoCodes {
		issued, ok = phoneCode{demo[1], now.Add(CodeLifetime)}, true
	}
	if !ok || !now.Before(issued.expires) {
		return nil, &refusal{40029, "invalid code"}
	}
	number, pure, country := issued.number, issued.number, "86"
	if parts := foreign.FindStringSubmatch(issued.number); parts != nil {
		number, pure, country = "+"+parts[1]+parts[2], parts[2], parts[1]
	}
	return done(answer{"phone_info": answer{
		"phoneNumber": number, "purePhoneNumber": pure, "countryCode": country,
		"watermark": answer{"timestamp": now.Unix(), "appid": e.opts.AppID},
	}}), nil
}
