package lecture

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/platform/limit"
)

// CheckIn is a call to check in, with the token from the QR code or, in a
// live session only, the digits with the session's id.
type CheckIn struct {
	Token     string     `json:"token,omitempty" maxLength:"64" doc:"From the QR code"`
	Digits    string     `json:"digits,omitempty" pattern:"^[0-9]{6}$" doc:"Instead of the token, with sessionId"`
	SessionID model.ID   `json:"sessionId,omitempty"`
	PupilIDs  []model.ID `json:"pupilIds,omitempty" maxItems:"10" doc:"Own children; absent: all whom the session is for"`
}

// CheckInResult is what became of each pupil and side.
type CheckInResult struct {
	Items []CheckedIn `json:"items"`
}

// CheckedIn is one pupil on one side. A repeat is "already", with the first time.
type CheckedIn struct {
	PupilID model.ID   `json:"pupilId"`
	Side    model.Side `json:"side"`
	Status  string     `json:"status" enum:"checkedIn,already"`
	At      time.Time  `json:"at" doc:"On the server's clock: when the code came in or, for a late one, was shown"`
	Late    bool       `json:"late" doc:"Sent after its time, or after the host had taken one back, and not confirmed by the host yet: it does not count before"`
}

// maxLateness is how long after its step a token is still taken, as late.
const maxLateness = 24 * time.Hour

// digitsRate bounds wrong guesses of the six digits, by account: never by IP,
// which a whole school shares.
var digitsRate = limit.Rate{Count: 5, Period: 15 * time.Minute}

var errToken = model.Invalid("token", "code_invalid", "二维码无效，请重新扫码")

// CheckIn records that the caller's children, or on guardians' lectures the
// caller for each child, attend the session whose code they bring. It returns
// once that is committed.
func (s *Service) CheckIn(ctx context.Context, actor model.Actor, in CheckIn) (CheckInResult, error) {
	a := attempt{account: actor.AccountID, self: actor.PupilID, pupils: in.PupilIDs, receivedAt: s.store.Now()}
	err := s.prove(ctx, &a, in)
	if err != nil {
		return CheckInResult{}, err
	}
	key := a.account
	if len(a.pupils) > 0 {
		key = a.pupils[0]
	}
	out, err := s.checkIns.Do(ctx, key, a)
	if err == nil {
		err = out.err
	}
	return CheckInResult{Items: out.items}, err
}

// prove reads the session and step out of what the caller brings.
func (s *Service) prove(ctx context.Context, a *attempt, in CheckIn) (err error) {
	if in.Token == "" {
		a.mode = model.CheckInDigits
		a.session = in.SessionID
		a.step, err = s.proveDigits(ctx, *a, in.Digits)
		return err
	}
	if in.Digits != "" {
		return errToken
	}
	a.mode = model.CheckInScan
	var ok bool
	if a.session, a.step, ok = s.codes.read(in.Token); !ok {
		return errToken
	}
	switch {
	case a.step.live(a.receivedAt):
	case a.step.start().After(a.receivedAt):
		return errToken // from a clock that runs far ahead: never ours
	case a.receivedAt.Sub(a.step.start()) > maxLateness:
		return model.Conflict("code_expired", "二维码已过期，请联系主持人")
	default:
		a.late = true
	}
	return nil
}

func (s *Service) proveDigits(ctx context.Context, a attempt, digits string) (step, error) {
	if digits == "" {
		return 0, errToken
	}
	if a.session == 0 {
		return 0, model.Invalid("sessionId", "session_required", "请选择场次")
	}
	permit, wait, ok := s.limiter.Take(ctx, "check-in-digits:"+a.account.String(), digitsRate)
	if !ok {
		return 0, model.TooMany("too_many_guesses", wait)
	}
	n, ok := s.codes.matchDigits(a.session, digits, a.receivedAt)
	if !ok {
		return 0, model.Invalid("digits", "code_invalid", "数字码不对或已过期，请看屏幕上最新的数字")
	}
	permit.GiveBack(ctx)
	return n, nil
}
