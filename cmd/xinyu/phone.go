package main

import (
	"net/http"

	"xinyu/miniprogram"
	"xinyu/service/platform/notify"
	"xinyu/service/platform/wechat/emulator"
)

// phonePath is where a demo shows what arrived on its people's phones.
const phonePath = "/demo/phone"

// roots are the handlers beside the API.
func (a *app) roots() map[string]http.Handler {
	roots := map[string]http.Handler{
		miniprogram.Path + "*file": miniprogram.Handler(),
		"/m":                       http.RedirectHandler(miniprogram.Path, http.StatusMovedPermanently),
	}
	if a.wechat.emulator != nil {
		roots[phonePath] = a.phone()
	}
	return roots
}

// phone is the page of the emulator inside this process.
func (a *app) phone() *emulator.Phone {
	p := &emulator.Phone{Emulator: a.wechat.emulator}
	if miniprogram.Built() {
		p.Client = miniprogram.Path + "#/"
	}
	if a.demo != nil {
		for _, account := range a.demo.Guide().Accounts {
			p.People = append(p.People, emulator.CodeOwner(a.wechat.appID, "", account.Code, account.Role))
		}
	}
	for _, t := range notify.DemoTemplates().Titled() {
		p.Templates = append(p.Templates, emulator.Template{ID: t.ID, Title: t.Title, Official: t.Official})
	}
	return p
}
