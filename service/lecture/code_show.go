package lecture

import (
	"context"
	"fmt"
	"math"
	"net/url"

	"github.com/skip2/go-qrcode"

	"xinyu/model"
)

// Code is what the host shows now.
type Code struct {
	Token        string `json:"token" doc:"What the QR code says"`
	Digits       string `json:"digits" doc:"Six digits, for whoever can't scan"`
	ValidSeconds int    `json:"validSeconds" doc:"1 to 15; then ask for the next one"`
	QRPNGURL     string `json:"qrPngUrl" doc:"A picture that needs no login, below this server"`
}

var errNotOpen = model.Conflict("session_not_open", "现在不是签到时间")

// Code is the session's present code, for its host and the managers of its
// unit, while the session is open. The picture is below base.
func (s *Service) Code(ctx context.Context, actor model.Actor, id model.ID, base string) (Code, error) {
	session, err := s.runnable(s.store.Read(ctx), actor, id)
	if err != nil {
		return Code{}, err
	}
	now := s.store.Now()
	switch session.StatusAt(now) {
	case model.SessionOpen:
	case model.SessionCancelled:
		return Code{}, errCancelled
	default:
		return Code{}, errNotOpen
	}
	n := stepAt(now)
	code := Code{Token: s.codes.token(id, n), Digits: s.codes.digits(id, n), ValidSeconds: int(math.Ceil(n.end().Sub(now).Seconds()))}
	code.QRPNGURL = base + "/lecture-sessions/" + id.String() + "/code.png?token=" + url.QueryEscape(code.Token)
	return code, nil
}

// codePixels is the width and height of the picture.
const codePixels = 480

// CodePicture is the token as a QR code in PNG. The token is the caller's
// proof, so only one that is good now, and of this session, gets a picture;
// it tells them nothing that they did not bring.
func (s *Service) CodePicture(id model.ID, token string) ([]byte, error) {
	session, n, ok := s.codes.read(token)
	if !ok || session != id || !n.live(s.store.Now()) {
		return nil, model.NotFound("code")
	}
	png, err := qrcode.Encode(token, qrcode.Medium, codePixels)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	return png, nil
}
