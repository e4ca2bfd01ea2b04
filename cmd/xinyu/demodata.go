package main

import (
	"context"
	"errors"
	"log/slog"

	"xinyu/cmd/xinyu/demo"
	"xinyu/model"
	"xinyu/service/platform/wechat/emulator"
)

// matchUse refuses a database of the other kind: a demo's accounts and tokens
// must not live on in production, nor real people's messages go to the emulator
// of WeChat. A demo's own database is marked once its data is there.
func (a *app) matchUse(ctx context.Context) (err error) {
	var use model.DatabaseUse
	if *a.cfg.Demo {
		use, err = a.store.Use(ctx)
	} else {
		use, err = a.store.Dedicate(ctx, model.UseProduction)
	}
	switch {
	case err != nil:
		return err
	case *a.cfg.Demo && use == model.UseProduction:
		return settingError("XINYU_DEMO", "the database belongs to production")
	case !*a.cfg.Demo && use == model.UseDemo:
		return settingError("XINYU_DB_DSN", "the database holds a demo, whose accounts anybody may use; give production one of its own")
	}
	return nil
}

// openDemo fills an empty database with the demo county. A database that holds
// other data is refused, unless it is a demo's.
func openDemo(ctx context.Context, a *app) error {
	if !*a.cfg.Demo {
		return nil
	}
	d, err := demo.Seed(ctx, demo.Config{
		Store: a.store, Vault: a.vault, Media: a.media, Coverage: a.services.Coverage, Counsel: a.services.Counsel,
		OpenID: func(code string) string { return emulator.DemoOpenID(a.wechat.appID, code) },
	})
	if errors.Is(err, demo.ErrOtherData) {
		if use, useErr := a.store.Use(ctx); useErr != nil || use != model.UseDemo {
			return errors.Join(useErr, settingError("XINYU_DEMO", err.Error()))
		}
		slog.Warn("no demo data: " + err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	a.demo = d
	_, err = a.store.Dedicate(ctx, model.UseDemo)
	return err
}
