package emulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// OfficialOptions says which official account (公众号) an OfficialEmulator knows.
type OfficialOptions struct {
	// AppID and Secret are the only pair that is accepted.
	AppID, Secret string
	// MiniProgram is the only mini-program that messages may open.
	MiniProgram string
	// Clock tells the time by which codes, tokens and tickets expire; nil means time.Now.
	Clock func() time.Time
	// DemoCodes makes the authorisation page ask for a demo account; see Options.
	DemoCodes bool
	// Phones, where given, is on whose record messages arrive too.
	Phones *Emulator
}

// Official is an http.Handler that responds as api.weixin.qq.com does to an
// official account, and as open.weixin.qq.com does to a browser. It is safe
// for concurrent use. Beside WeChat's documents named at its methods:
// https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
type Official struct {
	opts OfficialOptions
	core *Emulator // tokens and modes are the same as the mini-program's
	mux  *http.ServeMux

	mu        sync.Mutex
	codes     map[string]*loginCode
	people    map[string]*person
	ticket    stableToken
	tickets   int // calls for one
	menu      json.RawMessage
	templates []Template // empty: any is taken
}

// person is someone who has met the official account.
type person struct {
	unionID  string
	follows  bool
	known    bool // the server has asked who they are since they began to follow
	snapshot bool
}

// AuthorizePath is where the page is on which WeChat says who holds the phone.
const AuthorizePath = "/connect/oauth2/authorize"

// templateQuota is how many template messages an official account may send a day.
const templateQuota = 100_000

// NewOfficial makes an emulator of which nobody is a follower.
func NewOfficial(opts OfficialOptions) *Official {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	o := &Official{
		opts: opts, mux: http.NewServeMux(), codes: map[string]*loginCode{}, people: map[string]*person{},
		core: New(Options{AppID: opts.AppID, Secret: opts.Secret, Clock: opts.Clock}),
	}
	o.core.messageQuota = templateQuota
	o.mux.HandleFunc("GET "+AuthorizePath, o.authorize)
	o.mux.HandleFunc("POST "+AuthorizePath, o.authorize)
	o.mux.HandleFunc("/sns/oauth2/access_token", o.codeToPerson)
	o.mux.HandleFunc("/cgi-bin/user/info", o.core.withAccess(http.MethodGet, o.userInfo))
	o.mux.HandleFunc("/cgi-bin/ticket/getticket", o.core.withAccess(http.MethodGet, o.giveTicket))
	o.mux.HandleFunc("/cgi-bin/message/template/send", posted(o.core, o.sendTemplate))
	o.mux.HandleFunc("/cgi-bin/template/get_all_private_template", o.core.withAccess(http.MethodGet, o.listTemplates))
	o.mux.HandleFunc("/cgi-bin/menu/create", posted(o.core, o.createMenu))
	o.mux.HandleFunc("/cgi-bin/menu/get", o.core.withAccess(http.MethodGet, o.getMenu))
	o.mux.Handle("/", o.core)
	return o
}

// ServeHTTP implements http.Handler.
func (o *Official) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The page stands at another address of WeChat's, which has its own health.
	if r.URL.Path != AuthorizePath && o.core.modeOf(r.URL.Path).intercept(w, r, o.opts.Clock()) {
		return
	}
	o.mux.ServeHTTP(w, r)
}

// SetMode changes the responses to all calls from now on.
func (o *Official) SetMode(m Mode) { o.core.SetMode(m) }

// Follow makes the person a follower or, with follows false, no longer one.
// The union id is told of followers; empty where the programmes are not bound.
func (o *Official) Follow(openID, unionID string, follows bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.people[openID] = &person{unionID: unionID, follows: follows}
}

// Recall makes the person one who followed already and of whom the server has
// asked who they are, before this emulator was made.
func (o *Official) Recall(openID, unionID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.people[openID] = &person{unionID: unionID, follows: true, known: true}
}

// Follows reports whether the person is a follower, and whether the server has
// asked who they are since.
func (o *Official) Follows(openID string) (follows, known bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.people[openID]
	return p != nil && p.follows, p != nil && p.known
}

// Preview makes WeChat show pages to the person as previews only.
func (o *Official) Preview(openID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.people[openID] = &person{snapshot: true}
}

// SetMessageQuota sets how many template messages may be sent a day.
func (o *Official) SetMessageQuota(perDay int) { o.core.SetMessageQuota(perDay) }

// Sent are the template messages that arrived, oldest first.
func (o *Official) Sent() []Message { return o.core.Sent() }

// RevokeToken makes the access token invalid.
func (o *Official) RevokeToken() { o.core.RevokeToken() }

// Tickets returns how many calls have asked for a jsapi_ticket.
func (o *Official) Tickets() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tickets
}

// back adds the code and the state to the address that the browser returns to.
func back(address, code, state string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	query := u.Query()
	query.Set("code", code)
	query.Set("state", state)
	u.RawQuery = query.Encode()
	return u.String(), nil
}
