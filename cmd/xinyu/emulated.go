package main

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"xinyu/api"
	"xinyu/service/message"
	"xinyu/service/platform/wechat/emulator"
)

// emulateWebhooks lets the emulated programmes push to this process, as WeChat
// would, and answers the settings by which their pushes are taken. Keys that
// are not set are made anew at each start.
func (a *app) emulateWebhooks(door *officialDoor) config {
	cfg := a.cfg
	if a.wechat.emulator == nil {
		return cfg
	}
	a.wechat.webhooks = newWebhookSender(a.wechat.appID, &cfg.WeChatPushToken, &cfg.WeChatPushKey)
	if door.emulator != nil {
		cfg.OfficialAppID = door.appID
		door.webhooks = newWebhookSender(door.appID, &cfg.OfficialPushToken, &cfg.OfficialPushKey)
	}
	return cfg
}

// newWebhookSender pushes with the token and key, and fills them in where they are empty.
func newWebhookSender(appID string, token, key *string) *emulator.WebhookSender {
	settings := emulator.NewWebhookSettings(appID, "")
	if *token != "" {
		settings.Token, settings.AESKey = *token, *key
	}
	*token, *key = settings.Token, settings.AESKey
	return emulator.NewWebhookSender(settings, nil)
}

// sendWebhooksTo tells the emulated programmes, where there are any, that this process
// listens at addr.
func (a *app) sendWebhooksTo(addr net.Addr) {
	for _, p := range []*emulator.WebhookSender{a.wechat.webhooks, a.official.webhooks} {
		if p != nil {
			p.To(localURL(addr) + api.WebhookPath)
		}
	}
}

// echoTaps tells the emulated WeChat of the taps in a browser, which it can't
// see. It pushes them to us in its turn, as WeChat does, beside what the client tells.
func (a *app) echoTaps() {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	a.onClose(func() error {
		stop()
		running.Wait()
		return nil
	})
	a.services.Messages.Echo(func(openID string, taps message.Taps) {
		var answers []string
		for _, id := range taps.Accepted {
			a.wechat.emulator.Accept(openID, id, 1)
			answers = append(answers, id, "accept")
		}
		for _, id := range taps.Refused {
			answers = append(answers, id, "reject")
		}
		running.Go(func() {
			err := a.wechat.webhooks.Push(ctx, openID, func(at time.Time) string { return emulator.PermissionsEvent(openID, at, answers...) })
			if err != nil && ctx.Err() == nil {
				slog.Warn("the emulator's push was not taken", "err", err)
			}
		})
	})
}

// recallPhones tells the emulated WeChat, which forgets with its process, what
// people allowed and whom the official account had for followers before.
func recallPhones(ctx context.Context, a *app) error {
	if a.wechat.emulator == nil {
		return nil
	}
	if err := a.services.Ledger.Each(ctx, a.wechat.emulator.Accept); err != nil {
		return err
	}
	if a.official.emulator == nil {
		return nil
	}
	following, err := a.services.Followers.Following(ctx)
	if err != nil {
		return err
	}
	for _, f := range following {
		a.official.emulator.Recall(f.OpenID, f.UnionID)
	}
	return nil
}
