package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// messagesPerDay is how many subscribe messages an account without payment may send.
const messagesPerDay = 10_000_000

// permissionKey names a count of permissions: the messages of a template that a
// person may still be sent.
type permissionKey struct{ openID, templateID string }

// SetPages makes these the only pages of the published mini-program. Until
// then it has any.
func (e *Emulator) SetPages(pages ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pages = slices.Clone(pages)
}

// Accept does what tapping 允许 n times does: the person may be sent n more
// messages of the template.
func (e *Emulator) Accept(openID, templateID string, n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.permissions[permissionKey{openID, templateID}] += n
}

// Refuse takes back all that the person allowed, for all templates.
func (e *Emulator) Refuse(openID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.permissions, func(key permissionKey, _ int) bool { return key.openID == openID })
}

// TurnOff does what switching the template off in WeChat's settings does: all
// that the person allowed of it is void.
func (e *Emulator) TurnOff(openID, templateID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.permissions, permissionKey{openID, templateID})
}

// Permissions is how many more messages of the template the person may be sent.
func (e *Emulator) Permissions(openID, templateID string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.permissions[permissionKey{openID, templateID}]
}

type subscribeRequest struct {
	ToUser     string                 `json:"touser"`
	TemplateID string                 `json:"template_id"`
	Page       string                 `json:"page"`
	State      string                 `json:"miniprogram_state"`
	Data       map[string]fieldOnWire `json:"data"`
}

type fieldOnWire struct {
	Value any `json:"value"`
}

// sendSubscribe is POST /cgi-bin/message/subscribe/send. What WeChat checks
// first is in no document; a message that is refused spends no permission.
func (e *Emulator) sendSubscribe(in subscribeRequest, now time.Time) (any, *refusal) {
	key := permissionKey{in.ToUser, in.TemplateID}
	template, known := e.template(in.TemplateID)
	switch {
	case !isOpenID(in.ToUser):
		return nil, &refusal{40003, "invalid openid"}
	case !known:
		return nil, &refusal{40037, "invalid template_id"}
	case in.Page != "" && !e.hasPage(in.Page):
		return nil, &refusal{41030, "invalid page hint"}
	}
	data, wrong := values(in.Data, template.Keywords)
	switch {
	case wrong != "":
		return nil, &refusal{47003, fmt.Sprintf("argument invalid! data.%s.value invalid", wrong)}
	case e.permissions[key] <= 0:
		return nil, &refusal{43101, "user refuse to accept the msg"}
	case !e.today(now, messages, e.messageQuota):
		return nil, &errDailyQuota
	}
	e.permissions[key]--
	e.deliver(Message{At: now, Channel: ChannelSubscribe, OpenID: in.ToUser, TemplateID: in.TemplateID, Page: in.Page, Data: data})
	return done(nil), nil
}

// isOpenID reports whether an openid has the form of one.
func isOpenID(s string) bool { return strings.HasPrefix(s, "o") && len(s) <= 128 }

// hasPage reports whether the published mini-program has the page, whatever follows "?".
func (e *Emulator) hasPage(page string) bool {
	page, _, _ = strings.Cut(page, "?")
	if page == "" || strings.HasPrefix(page, "/") {
		return false
	}
	return len(e.pages) == 0 || slices.Contains(e.pages, page)
}

// values are the fields' values, or the name of the first that is wrong.
func values(data map[string]fieldOnWire, keywords []string) (out map[string]string, wrong string) {
	out = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(data)) {
		value := fmt.Sprint(data[name].Value)
		if data[name].Value == nil || !fits(name, value) {
			return nil, name
		}
		out[name] = value
	}
	for _, name := range keywords {
		if _, ok := out[name]; !ok {
			return nil, name
		}
	}
	if len(out) == 0 {
		return nil, "keyword"
	}
	return out, ""
}
