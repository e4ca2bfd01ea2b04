package service

import (
	"gorm.io/gorm"

	"xinyu/service/lesson"
	"xinyu/service/message"
	"xinyu/service/platform/webhook"
	"xinyu/service/platform/wechat"
)

// webhookHandlers says who handles which events of WeChat's webhook.
func webhookHandlers(followers *message.Followers, lessons *lesson.Service, ledger *message.Ledger) map[wechat.EventKind]webhook.Handler {
	return map[wechat.EventKind]webhook.Handler{
		wechat.EventFollow:      followers.Followed,
		wechat.EventUnfollow:    followers.Followed,
		wechat.EventMedia:       lessons.SaveCoverVerdict,
		wechat.EventPermissions: func(tx *gorm.DB, e wechat.Event) error { return applyPermissions(tx, ledger, e) },
	}
}

// applyPermissions notes in the ledger what the person has allowed or refused.
func applyPermissions(tx *gorm.DB, ledger *message.Ledger, e wechat.Event) error {
	if e.App != wechat.MiniProgram {
		return nil // the ledger is of the mini-program's messages
	}
	for _, p := range e.Permissions {
		event := message.Refused
		switch {
		case p.Changed && p.Accepted:
			continue // switched on again in the settings: permission for no message yet
		case p.Changed:
			event = message.TurnedOff
		case p.Accepted:
			event = message.Accepted
		}
		if err := ledger.Apply(tx, e.OpenID, p.TemplateID, event); err != nil {
			return err
		}
	}
	return nil
}
