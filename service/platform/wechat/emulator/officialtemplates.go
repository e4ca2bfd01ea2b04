package emulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// SetTemplates makes these the only templates that the account has. Until then
// any is taken, and none is listed.
func (o *Official) SetTemplates(list ...Template) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.templates = slices.Clone(list)
}

// hasTemplate: o.mu is held.
func (o *Official) hasTemplate(id string) bool {
	return len(o.templates) == 0 || slices.ContainsFunc(o.templates, func(t Template) bool { return t.ID == id })
}

// officialTemplate is a template as the list has it.
type officialTemplate struct {
	ID      string `json:"template_id"`
	Title   string `json:"title"`
	Content string `json:"content"`
}

// listTemplates is GET /cgi-bin/template/get_all_private_template.
// https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates
func (o *Official) listTemplates(*http.Request, time.Time) (any, *refusal) {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]officialTemplate, len(o.templates))
	for i, t := range o.templates {
		var content strings.Builder
		for _, keyword := range t.Keywords {
			content.WriteString("内容:{{" + keyword + ".DATA}}\n")
		}
		list[i] = officialTemplate{ID: t.ID, Title: t.Title, Content: content.String()}
	}
	return map[string]any{"template_list": list}, nil
}
