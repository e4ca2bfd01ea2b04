package emulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Template is a template of the account.
type Template struct {
	ID    string
	Title string
	// Head is what messages of it show as their title; empty: Title.
	Head string
	// Keywords are the fields that a message must fill ("thing1", "time2").
	Keywords []string
	// Official says that it is the official account's, for Phone: no permission is asked for it.
	Official bool
}

// SetTemplates makes these the only templates that the account has. Until then
// any is taken, with any keywords, and none is listed.
func (b *base) SetTemplates(list ...Template) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.templates = slices.Clone(list)
}

// template finds one of the account's.
func (b *base) template(id string) (t Template, known bool) {
	if len(b.templates) == 0 {
		return Template{ID: id}, id != ""
	}
	i := slices.IndexFunc(b.templates, func(t Template) bool { return t.ID == id })
	if i < 0 {
		return Template{}, false
	}
	return b.templates[i], true
}

// listTemplates is GET /wxaapi/newtmpl/gettemplate.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/getTemplateList.html
func (e *Emulator) listTemplates(*http.Request, time.Time) (any, *refusal) {
	list := make([]answer, len(e.templates))
	for i, t := range e.templates {
		list[i] = answer{"priTmplId": t.ID, "title": t.Title, "content": t.content(), "type": 2} // one message for one tap
	}
	return done(answer{"data": list}), nil
}

// listTemplates is GET /cgi-bin/template/get_all_private_template.
// https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates
func (o *Official) listTemplates(*http.Request, time.Time) (any, *refusal) {
	list := make([]answer, len(o.templates))
	for i, t := range o.templates {
		list[i] = answer{"template_id": t.ID, "title": t.Title, "content": t.content()}
	}
	return answer{"template_list": list}, nil
}

// content is the template's text, in which both lists name its keywords.
func (t Template) content() string {
	var b strings.Builder
	for _, keyword := range t.Keywords {
		b.WriteString("内容:{{" + keyword + ".DATA}}\n")
	}
	return b.String()
}
