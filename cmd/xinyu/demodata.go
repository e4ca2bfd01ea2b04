package main

import (
	"context"
	"errors"
	"log/slog"

	"xinyu/cmd/xinyu/demo"
	"xinyu/service/platform/wechat/emulator"
)

// openDemo fills an empty database with the demo county. A database with other
// data is left as it is.
func openDemo(ctx context.Context, a *app) error {
	if !*a.cfg.Demo {
		return nil
	}
	d, err := demo.Seed(ctx, demo.Config{
		Store: a.store, Vault: a.vault, Media: a.media, Coverage: a.services.Coverage, Counsel: a.services.Counsel,
		OpenID: func(code string) string { return emulator.DemoOpenID(a.wechat.appID, code) },
	})
	if errors.Is(err, demo.ErrOtherData) {
		slog.Warn("no demo data: " + err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	a.demo = d
	return nil
}
