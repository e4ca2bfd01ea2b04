package emulator

import (
	"cmp"
	_ "embed" // the page
	"html/template"
	"net/http"
	"slices"
	"strings"
)

// Phone is a page that shows messages as their phones would, for demos.
type Phone struct {
	// Emulator is the mini-program's WeChat, on whose record the official
	// account's messages arrive too (OfficialOptions.Phones).
	Emulator *Emulator
	// Official is the official account's, which people follow here; may be nil.
	Official *Official
	// Webhooks and OfficialWebhooks tell the server of both programmes what was
	// tapped here; nil pushes nothing.
	Webhooks, OfficialWebhooks *WebhookSender
	// People are whose phones are offered. Any other demo code has one too.
	People []PhoneOwner
	// Templates give messages their titles; the mini-program's can be allowed.
	Templates []Template
	// Client is where the mini-program's pages stand in the browser, such as
	// "/m/#/"; empty where there is none.
	Client string
}

// PhoneOwner is a person with a phone.
type PhoneOwner struct {
	Code   string // demo-parent
	Name   string
	OpenID string // in the mini-program
	// Official is the openid in the official account.
	Official string
}

//go:embed screen.html
var phoneHTML string

var phonePage = template.Must(template.New("phone").Parse(phoneHTML))

// maxShown is how many messages the page shows.
const maxShown = 100

// ServeHTTP implements http.Handler.
func (p *Phone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.show(w, r)
	case http.MethodPost:
		http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.tap)).ServeHTTP(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "405", http.StatusMethodNotAllowed)
	}
}

// owner finds whose phone is meant by a demo code.
func (p *Phone) owner(code string) (PhoneOwner, bool) {
	if i := slices.IndexFunc(p.People, func(o PhoneOwner) bool { return o.Code == code }); i >= 0 {
		return p.People[i], true
	}
	official := ""
	if p.Official != nil {
		official = p.Official.opts.AppID
	}
	o := CodeOwner(p.Emulator.opts.AppID, official, code, code)
	return o, p.Emulator.opts.DemoCodes && o.OpenID != ""
}

// note is a message as the page shows it.
type note struct {
	Official                   bool
	Channel, Title, When, Link string
	Lines                      []line
}

type line struct{ Label, Value string }

// permission is a template with how often it may still be sent.
type permission struct {
	Template
	Left int
}

func (p *Phone) show(w http.ResponseWriter, r *http.Request) {
	owner, known := p.owner(r.URL.Query().Get("as"))
	if !known && len(p.People) > 0 {
		owner = p.People[0]
	}
	people := p.People
	if !slices.Contains(people, owner) {
		people = append(slices.Clone(people), owner)
	}
	data := struct {
		Owner          PhoneOwner
		People         []PhoneOwner
		Notes          []note
		Permissions    []permission
		Account        bool // there is an official account
		Follows, Known bool
		Pushed         string
	}{Owner: owner, People: people, Notes: p.notes(owner), Account: p.Official != nil && owner.Official != "", Pushed: r.URL.Query().Get("pushed")}
	if data.Account {
		data.Follows, data.Known = p.Official.Follows(owner.Official)
	}
	for _, t := range p.Templates {
		if !t.Official {
			data.Permissions = append(data.Permissions, permission{t, p.Emulator.Permissions(owner.OpenID, t.ID)})
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = phonePage.Execute(w, data) // a browser that has gone away cannot be told so
}

// notes are the owner's messages, newest first.
func (p *Phone) notes(owner PhoneOwner) []note {
	messages := slices.DeleteFunc(p.Emulator.Sent(), func(m Message) bool {
		return m.OpenID != owner.OpenID && (m.OpenID != owner.Official || owner.Official == "")
	})
	slices.SortStableFunc(messages, func(a, b Message) int { return b.At.Compare(a.At) })
	var notes []note
	for _, m := range messages[:min(len(messages), maxShown)] {
		notes = append(notes, p.note(m))
	}
	return notes
}

var channelNames = map[Channel]string{ChannelSubscribe: "小程序 · 服务通知", ChannelOfficial: "公众号 · 模板消息"}

func (p *Phone) note(m Message) note {
	n := note{Official: m.Channel == ChannelOfficial, Channel: channelNames[m.Channel], Title: "通知", When: m.At.In(zone).Format("1月2日 15:04")}
	for _, t := range p.Templates {
		if t.ID == m.TemplateID && cmp.Or(t.Head, t.Title) != "" {
			n.Title = cmp.Or(t.Head, t.Title)
		}
	}
	names := make([]string, 0, len(m.Data))
	for name := range m.Data {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(number(a)+a, number(b)+b) })
	for _, name := range names {
		n.Lines = append(n.Lines, line{labelOf(name), m.Data[name]})
	}
	switch {
	case m.Page != "" && p.Client != "":
		n.Link = p.Client + m.Page
	case m.URL != "":
		n.Link = m.URL
	}
	return n
}

// number is the end of a field's name, by which templates order their fields.
func number(field string) string { return field[len(strings.TrimRight(field, "0123456789")):] }

var labels = map[string]string{
	"thing": "事项", "time": "时间", "date": "日期", "phrase": "状态", "name": "姓名", "number": "数量",
	"character_string": "编号", "phone_number": "电话", "amount": "金额",
}

func labelOf(field string) string {
	if label, ok := labels[strings.TrimRight(field, "0123456789")]; ok {
		return label
	}
	return "内容"
}

// CodeOwner is the owner whom a demo code stands for.
func CodeOwner(appID, officialAppID, code, name string) PhoneOwner {
	o := PhoneOwner{Code: code, Name: name, OpenID: DemoOpenID(appID, code)}
	if officialAppID != "" {
		o.Official = DemoOpenID(officialAppID, code)
	}
	return o
}
