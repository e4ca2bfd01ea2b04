package emulator

import (
	"net/http"
	"net/url"
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
	base
	demoCodes   bool
	miniProgram string
	phones      *Emulator
	people      map[string]*person
	ticket      stableToken
	menu        *menu
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
	o := &Official{
		base:        newBase(Options{AppID: opts.AppID, Secret: opts.Secret, Clock: opts.Clock}, templateQuota),
		demoCodes:   opts.DemoCodes,
		miniProgram: opts.MiniProgram, phones: opts.Phones, people: map[string]*person{},
	}
	o.mux.HandleFunc("GET "+AuthorizePath, o.authorize)
	o.mux.HandleFunc("POST "+AuthorizePath, o.authorize)
	o.handle("/sns/oauth2/access_token", http.MethodGet, loginCalls, o.codeToPerson)
	o.handle(tokenPath, http.MethodPost, apiCalls, o.giveToken)
	o.get("/cgi-bin/user/info", o.userInfo)
	o.get(ticketPath, o.giveTicket)
	o.get("/cgi-bin/template/get_all_private_template", o.listTemplates)
	o.get("/cgi-bin/menu/get", o.getMenu)
	post(&o.base, "/cgi-bin/message/template/send", o.sendTemplate)
	post(&o.base, "/cgi-bin/menu/create", o.createMenu)
	return o
}

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

// Tickets returns how many calls have asked for a jsapi_ticket.
func (o *Official) Tickets() int { return o.Calls(ticketPath) }

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
