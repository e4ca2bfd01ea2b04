package emulator

import (
	"net/http"
	"slices"
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
		list[i] = officialTemplate{ID: t.ID, Title: t.Title, Content: t.content()}
	}
	return map[string]any{"template_list": list}, nil
}
