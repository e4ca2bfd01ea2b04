package main

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"xinyu/api"
	"xinyu/service/platform/notify"
	"xinyu/service/platform/wechat/emulator"
)

// emulatePushes lets the emulated programmes push to this process, as WeChat
// would, and answers the settings by which their pushes are taken. Keys that
// are not set are made anew at each start.
func (a *app) emulatePushes(door *officialDoor) config {
	cfg := a.cfg
	if a.wechat.emulator == nil {
		return cfg
	}
	a.wechat.pusher = newPusher(a.wechat.appID, &cfg.WeChatPushToken, &cfg.WeChatPushKey)
	if door.emulator != nil {
		cfg.OfficialAppID = door.appID
		door.pusher = newPusher(door.appID, &cfg.OfficialPushToken, &cfg.OfficialPushKey)
	}
	return cfg
}

// newPusher pushes with the token and key, and fills them in where they are empty.
func newPusher(appID string, token, key *string) *emulator.Pusher {
	settings := emulator.NewPushSettings(appID, "")
	if *token != "" {
		settings.Token, settings.AESKey = *token, *key
	}
	*token, *key = settings.Token, settings.AESKey
	return emulator.NewPusher(settings, nil)
}

// pushTo tells the emulated programmes, where there are any, that this process
// listens at addr.
func (a *app) pushTo(addr net.Addr) {
	for _, p := range []*emulator.Pusher{a.wechat.pusher, a.official.pusher} {
		if p != nil {
			p.To(localURL(addr) + api.PushPath)
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
	a.services.Messages.Echo(func(openID string, taps notify.Taps) {
		var answers []string
		for _, id := range taps.Accepted {
			a.wechat.emulator.Accept(openID, id, 1)
			answers = append(answers, id, "accept")
		}
		for _, id := range taps.Refused {
			answers = append(answers, id, "reject")
		}
		running.Go(func() {
			err := a.wechat.pusher.Push(ctx, openID, func(at time.Time) string { return emulator.PermissionsEvent(openID, at, answers...) })
			if err != nil && ctx.Err() == nil {
				slog.Warn("the emulator's push was not taken", "err", err)
			}
		})
	})
}
