package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// demoAppID stands for a mini-program in demos. The demo accounts' open ids
// hang on it, so it stays the same.
const demoAppID = "wxdemo0000000000"

// demoOpenPlatform stands for the account at WeChat's open platform to which
// both programmes of a demo are bound.
const demoOpenPlatform = "demo"

// wechatDoor is the client of WeChat, and which WeChat it talks to.
type wechatDoor struct {
	client *wechat.Client
	appID  string
	name   string
	// emulator is the WeChat inside this process; nil where there is none.
	emulator *emulator.Emulator
	// webhooks is the emulator's; nil where there is none.
	webhooks *emulator.WebhookSender
}

// openWeChat connects to the real WeChat or, in a demo, to an emulator inside
// the process.
func openWeChat(_ context.Context, a *app) error {
	door := wechatDoor{appID: a.cfg.WeChatAppID, name: "real"}
	secret, base := a.cfg.WeChatSecret, a.cfg.WeChatBaseURL
	if *a.cfg.Demo {
		door.appID = cmp.Or(door.appID, demoAppID)
		if secret == "" {
			secret = rand.Text()
		}
		door.name = "other"
		if base == "" {
			door.name = "emulator"
			door.emulator = emulator.New(emulator.Options{AppID: door.appID, Secret: secret, DemoCodes: true, OpenPlatform: demoOpenPlatform})
			var err error
			if base, err = a.startEmulator(door.emulator); err != nil {
				return err
			}
		}
	}
	cfg := wechat.Config{AppID: door.appID, Secret: secret, BaseURL: base}
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("XINYU_WECHAT_BASE_URL: %w", err)
	}
	door.client = wechat.New(cfg)
	a.onClose(func() error { door.client.Close(); return nil })
	a.wechat = door
	return nil
}

// startEmulator serves an emulator on a private port of this machine.
func (a *app) startEmulator(h http.Handler) (baseURL string, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("start the emulator of WeChat: %w", err)
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("the emulator of WeChat ended", "err", err)
		}
	}()
	a.onClose(func() error {
		err := server.Close()
		<-done
		return err
	})
	return "http://" + ln.Addr().String(), nil
}
