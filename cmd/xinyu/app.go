package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"xinyu/api"
	"xinyu/cmd/xinyu/demo"
	"xinyu/model"
	"xinyu/service"
	"xinyu/service/coverage"
	"xinyu/service/message"
	"xinyu/service/platform/batch"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/webhook"
	"xinyu/service/platform/wechat"
)

// app is all that a command has opened. close undoes it.
type app struct {
	cfg      config
	store    *store.Store
	cache    *cache.Cache
	vault    *vault.Vault
	media    media.Store
	wechat   wechatDoor
	official officialDoor
	services *service.Services
	registry *prometheus.Registry
	api      *api.Server
	demo     *demo.Demo // nil where there is none
	// metricsAt is where /metrics is served alone; nil where it is not.
	metricsAt net.Addr
	closers   []func() error
}

// opener is a step of opening an app.
type opener func(context.Context, *app) error

// openApp takes the steps in order. When one fails, what was open is closed again.
func openApp(ctx context.Context, cfg config, steps ...opener) (*app, error) {
	a := &app{cfg: cfg}
	for _, step := range steps {
		if err := step(ctx, a); err != nil {
			a.close()
			return nil, err
		}
	}
	return a, nil
}

func (a *app) onClose(f func() error) { a.closers = append(a.closers, f) }

// close closes everything, the newest first. A failure is logged: there is
// nothing else to do about it.
func (a *app) close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		if err := a.closers[i](); err != nil {
			slog.Warn("close", "err", err)
		}
	}
	a.closers = nil
}

// openStore opens the database, brings it up to date, and leases a node number.
func openStore(ctx context.Context, a *app) error {
	if a.cfg.embedded() {
		unlock, err := lockDataDir(a.cfg.DataDir)
		if err != nil {
			return err
		}
		a.onClose(unlock)
	}
	err := a.startStore(ctx)
	if e := (*model.Error)(nil); a.cfg.embedded() && errors.As(store.Translate(err), &e) && e.Code == "database_busy" {
		return settingError("XINYU_DATA_DIR", "another program holds the database file; close it first")
	}
	return err
}

func (a *app) startStore(ctx context.Context) error {
	st, err := store.Open(ctx, store.Options{DSN: a.cfg.DSN, SQLitePath: filepath.Join(a.cfg.DataDir, "xinyu.db")})
	if err != nil {
		return err
	}
	a.store = st
	a.onClose(st.Close)
	n, err := st.Migrate(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		slog.Info("migrated", "migrations", n)
	}
	if err := st.Start(ctx); err != nil {
		return err
	}
	return a.matchUse(ctx)
}

func openCache(_ context.Context, a *app) error {
	c, err := cache.Open(a.cfg.RedisURL)
	if err != nil {
		return err
	}
	a.cache = c
	a.onClose(c.Close)
	return nil
}

func openVault(_ context.Context, a *app) (err error) {
	if a.cfg.Keyset != "" {
		a.vault, err = vault.Open(a.cfg.Keyset)
	} else {
		a.vault, err = vault.OpenOrCreateFile(filepath.Join(a.cfg.DataDir, "keyset"))
	}
	return err
}

func openMedia(ctx context.Context, a *app) error {
	if a.cfg.S3Endpoint != "" {
		s3, err := media.OpenS3(ctx, a.cfg.s3())
		if err != nil {
			return fmt.Errorf("XINYU_S3_ENDPOINT: %w", err)
		}
		a.media = s3
		return nil
	}
	dir, err := media.OpenDir(filepath.Join(a.cfg.DataDir, "media"))
	if err != nil {
		return fmt.Errorf("XINYU_DATA_DIR: %w", err)
	}
	a.media = dir
	a.onClose(dir.Close)
	return nil
}

// mediaName says which media store is in use, for the start line.
func (a *app) mediaName() string {
	if a.cfg.S3Endpoint != "" {
		return "s3"
	}
	return "dir"
}

func openServices(_ context.Context, a *app) error {
	templates, err := a.templates()
	if err != nil {
		return err
	}
	a.services = service.New(service.Deps{
		Store: a.store, Cache: a.cache, Vault: a.vault, Media: a.media, WeChat: a.wechat.client, Official: a.official.client, Webhooks: a.official.receivers, PublicURL: a.cfg.PublicURL, Templates: templates,
		CheckURL: a.cfg.AlertCheckURL,
	})
	a.onClose(func() error { a.services.Close(); return nil })
	if a.wechat.emulator != nil {
		a.echoTaps()
	}
	return nil
}

func openAPI(_ context.Context, a *app) error {
	a.registry = prometheus.NewRegistry()
	a.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(a.store.Pool(), "xinyu"),
	)
	a.registry.MustRegister(batch.Metrics()...)
	a.registry.MustRegister(coverage.Metrics()...)
	a.registry.MustRegister(webhook.Metrics()...)
	a.registry.MustRegister(wechat.Metrics()...)
	a.registry.MustRegister(message.Metrics()...)
	a.registry.MustRegister(a.services.Alerts.Metrics()...)
	roots, err := a.roots()
	if err != nil {
		return err
	}
	a.api = api.New(api.Config{
		Services: a.services, Clock: model.SystemClock, PublicURL: a.official.publicURL, Registry: a.registry, Metrics: a.cfg.metricsReaders(),
		Root: roots,
	})
	return nil
}
