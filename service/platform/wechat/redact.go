package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"

	"github.com/silenceper/wechat/v2/util"
)

// safeCause turns an error of the library's into one fit for a log. It works
// by what it lets through, never by what it takes out: the library and
// net/http quote URLs (with the secret and the code in them) and bytes of the
// response, so no text of theirs is kept.
func safeCause(err error) error {
	var (
		status  statusError
		op      *net.OpError
		netErr  net.Error
		tooBig  *http.MaxBytesError
		syntax  *json.SyntaxError
		badType *json.UnmarshalTypeError
		unsent  notSent
		no      *apiError
	)
	switch {
	case errors.As(err, &unsent):
		return notSent{safeCause(unsent.cause)}
	case errors.As(err, &no):
		return no
	case errors.Is(err, errOpen):
		return errOpen
	case errors.Is(err, errNoToken):
		return errNoToken
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return context.DeadlineExceeded
	case errors.Is(err, errNoClient):
		return errNoClient
	case errors.As(err, &status):
		return status
	case errors.As(err, &op):
		return fmt.Errorf("wechat: %s %s failed: %w", op.Op, op.Net, op.Err)
	case errors.As(err, &tooBig):
		return errors.New("wechat: the answer is too large")
	case errors.As(err, &syntax), errors.As(err, &badType):
		return errors.New("wechat: the answer is not the expected JSON")
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Errorf("wechat: the call failed with %T", err)
}

// apiErrorIn makes an *apiError of WeChat's refusal as the library reports it.
func apiErrorIn(err error) error {
	var no *util.CommonError
	if errors.As(err, &no) {
		return newAPIError(no.ErrCode, no.ErrMsg)
	}
	return err
}

// rid is the id of a request in WeChat's error messages: what their support asks for.
var rid = regexp.MustCompile(`rid: ([0-9a-f]{8}(?:-[0-9a-f]{8}){2})\b`)

// apiError is an errcode of WeChat's with the request's id. The rest of the
// message is dropped: it is theirs to word and could repeat what we sent.
type apiError struct {
	code int64
	rid  string
}

func newAPIError(code int64, message string) *apiError {
	e := &apiError{code: code}
	if m := rid.FindStringSubmatch(message); m != nil {
		e.rid = m[1]
	}
	return e
}

func (e *apiError) Error() string {
	if e.rid == "" {
		return fmt.Sprintf("wechat: errcode %d", e.code)
	}
	return fmt.Sprintf("wechat: errcode %d, rid %s", e.code, e.rid)
}
