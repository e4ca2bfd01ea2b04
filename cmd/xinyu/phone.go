package main

import (
	"net/http"

	"xinyu/miniprogram"
	"xinyu/service/message"
	"xinyu/service/platform/wechat/emulator"
)

// phonePath is where a demo shows what arrived on its people's phones.
const phonePath = "/demo/phone"

// roots are the handlers beside the API.
func (a *app) roots() (map[string]http.Handler, error) {
	roots := map[string]http.Handler{
		miniprogram.Path + "*file": miniprogram.Handler(a.official.clientLogin(*a.cfg.Demo)),
		"/m":                       http.RedirectHandler(miniprogram.Path, http.StatusMovedPermanently),
	}
	if a.official.emulator != nil {
		roots[emulator.AuthorizePath] = a.official.emulator
	}
	if a.wechat.emulator != nil {
		templates, err := a.templates()
		if err != nil {
			return nil, err
		}
		roots[phonePath] = a.phone(templates)
	}
	return roots, nil
}

// phone is the page of the emulator inside this process.
func (a *app) phone(templates message.Templates) *emulator.Phone {
	p := &emulator.Phone{
		Emulator: a.wechat.emulator, Official: a.official.emulator,
		Webhooks: a.wechat.webhooks, OfficialWebhooks: a.official.webhooks,
	}
	if miniprogram.Built() {
		p.Client = miniprogram.Path + "#/"
	}
	if a.demo != nil {
		for _, account := range a.demo.Guide().Accounts {
			p.People = append(p.People, emulator.CodeOwner(a.wechat.appID, a.official.appID, account.Code, account.Role+" "+account.Code))
		}
	}
	for _, t := range templates.Titled() {
		p.Templates = append(p.Templates, emulator.Template{ID: t.ID, Title: t.Title, Head: t.Head, Official: t.Official})
	}
	return p
}
