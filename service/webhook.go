package service

import (
	"gorm.io/gorm"

	"xinyu/service/identity"
	"xinyu/service/lesson"
	"xinyu/service/message"
	"xinyu/service/platform/webhook"
	"xinyu/service/platform/wechat"
)

// webhookHandlers says who is concerned by what WeChat pushes.
func webhookHandlers(people *identity.Service, lessons *lesson.Service, credits *message.Credits) map[wechat.EventKind]webhook.Handler {
	return map[wechat.EventKind]webhook.Handler{
		wechat.EventFollow:      people.Followed,
		wechat.EventUnfollow:    people.Followed,
		wechat.EventMedia:       lessons.SaveCoverVerdict,
		wechat.EventPermissions: func(tx *gorm.DB, e wechat.Event) error { return applyPermissions(tx, credits, e) },
	}
}

// applyPermissions tells the ledger what the person answered.
func applyPermissions(tx *gorm.DB, credits *message.Credits, e wechat.Event) error {
	if e.App != wechat.MiniProgram {
		return nil // the ledger is of the mini-program's messages
	}
	for _, p := range e.Permissions {
		word := message.Refused
		switch {
		case p.Changed && p.Accepted:
			continue // switched on again in the settings: leave for no message yet
		case p.Changed:
			word = message.TurnedOff
		case p.Accepted:
			word = message.Accepted
		}
		if err := credits.Apply(tx, e.OpenID, p.TemplateID, word); err != nil {
			return err
		}
	}
	return nil
}
