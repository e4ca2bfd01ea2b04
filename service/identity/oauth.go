package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"

	"xinyu/model"
)

// oauthLife is how long a browser may be away at WeChat's page, and how long
// after that the code that it brought is good: WeChat's codes last so long.
const oauthLife = 5 * time.Minute

// clientPage is where a browser may be led back to: our own client, at a page
// of it. Neither host nor query can hide in it.
var clientPage = regexp.MustCompile(`^/m/(#/[A-Za-z0-9/_?=&%.-]{0,256})?$`)

var (
	errReturnPage = model.Invalid("to", "return_page_invalid", "登录后要打开的页面不正确")
	errOAuthState = model.Forbidden("login_state_invalid", "登录已超时，请重新打开页面")
)

// Departure is a browser about to go to WeChat's page.
type Departure struct {
	Page   string // where to send it
	Cookie string // what it must bring back, for MaxAge
	MaxAge time.Duration
}

// LeaveForWeChat leads a browser to WeChat's page, which leads it back to the
// address back, and then on to the page to of our client. The cookie binds
// the way back to this browser: nobody can be made to come back with a code
// that is another's, and so be logged in as someone else.
func (s *Service) LeaveForWeChat(to, back string) (Departure, error) {
	if s.official == nil {
		return Departure{}, errOfficialOff
	}
	if to == "" {
		to = "/m/"
	}
	if !clientPage.MatchString(to) {
		return Departure{}, errReturnPage
	}
	kept := strconv.FormatInt(s.store.Now().Add(oauthLife).Unix(), 10) + "." + rand.Text() + "." + hex.EncodeToString([]byte(to))
	return Departure{Page: s.official.AuthorizeURL(back, s.mac("wechat oauth state", kept)), Cookie: kept + "." + s.mac("wechat oauth cookie", kept), MaxAge: oauthLife}, nil
}

// ReturnFromWeChat checks that the browser that comes back is the one that
// left. It returns the page to go to, and the ticket with which alone this
// browser can log in with the code.
func (s *Service) ReturnFromWeChat(cookie, state, code string) (to, ticket string, err error) {
	i := strings.LastIndexByte(cookie, '.')
	if s.official == nil || i < 0 || code == "" {
		return "", "", errOAuthState
	}
	kept, mac := cookie[:i], cookie[i+1:]
	if !hmac.Equal([]byte(mac), []byte(s.mac("wechat oauth cookie", kept))) || !hmac.Equal([]byte(state), []byte(s.mac("wechat oauth state", kept))) {
		return "", "", errOAuthState
	}
	parts := strings.Split(kept, ".")
	if len(parts) != 3 || s.past(parts[0]) {
		return "", "", errOAuthState
	}
	page, err := hex.DecodeString(parts[2])
	if err != nil || !clientPage.Match(page) {
		return "", "", errOAuthState
	}
	ends := strconv.FormatInt(s.store.Now().Add(oauthLife).Unix(), 10)
	return string(page), ends + "." + s.mac("wechat oauth ticket", ends+"."+code), nil
}

// checkTicket refuses a code that did not come back to the browser with the ticket.
func (s *Service) checkTicket(ticket, code string) error {
	ends, mac, _ := strings.Cut(ticket, ".")
	if s.past(ends) || !hmac.Equal([]byte(mac), []byte(s.mac("wechat oauth ticket", ends+"."+code))) {
		return errOAuthState
	}
	return nil
}

func (s *Service) past(seconds string) bool {
	at, err := strconv.ParseInt(seconds, 10, 64)
	return err != nil || !s.store.Now().Before(time.Unix(at, 0))
}

// mac is short enough, and of such characters, for WeChat's state.
func (s *Service) mac(purpose, text string) string {
	return hex.EncodeToString(s.vault.MAC(purpose, []byte(text)))
}
