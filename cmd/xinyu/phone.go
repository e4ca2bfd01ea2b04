package main

import (
	"context"
	"net/http"

	"gorm.io/gorm"

	"xinyu/miniprogram"
	"xinyu/service/platform/notify"
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
	if a.official.page != nil {
		roots[emulator.AuthorizePath] = a.official.page
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
func (a *app) phone(templates notify.Templates) *emulator.Phone {
	credits := notify.NewCredits(a.store)
	p := &emulator.Phone{
		Emulator: a.wechat.emulator,
		// WeChat would push this to us; the page is in the same process.
		Accepted: func(ctx context.Context, openID, templateID string) error {
			return a.store.Tx(ctx, func(tx *gorm.DB) error {
				return credits.Apply(tx, openID, templateID, notify.Accepted)
			})
		},
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
		p.Templates = append(p.Templates, emulator.Template{ID: t.ID, Title: t.Title, Official: t.Official})
	}
	return p
}
