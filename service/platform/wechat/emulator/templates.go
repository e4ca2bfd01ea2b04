package emulator

import (
	"net/http"
	"strings"
	"time"
)

// templatesPath is where the account's templates are listed,
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/getTemplateList.html
const templatesPath = "/wxaapi/newtmpl/gettemplate"

// templateOnWire is a template as the list has it.
type templateOnWire struct {
	ID      string `json:"priTmplId"`
	Title   string `json:"title"`
	Content string `json:"content"`
	Type    int    `json:"type"` // 2: one message for one tap
}

// listTemplates is GET /wxaapi/newtmpl/gettemplate.
func (e *Emulator) listTemplates(*http.Request, time.Time) (any, *refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]templateOnWire, len(e.templates))
	for i, t := range e.templates {
		list[i] = templateOnWire{ID: t.ID, Title: t.Title, Content: t.content(), Type: 2}
	}
	return struct {
		done
		Data []templateOnWire `json:"data"`
	}{done{Message: "ok"}, list}, nil
}

// content is the template's text, in which both lists name its keywords.
func (t Template) content() string {
	var b strings.Builder
	for _, keyword := range t.Keywords {
		b.WriteString("内容:{{" + keyword + ".DATA}}\n")
	}
	return b.String()
}
