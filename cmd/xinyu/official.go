package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net"

	"xinyu/miniprogram"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// demoOfficialID stands for an official account in demos.
const demoOfficialID = "wxdemo0000000001"

// officialDoor is the official account, and whose pushes are taken.
type officialDoor struct {
	client    *wechat.Official // nil where there is none
	appID     string
	receivers []*wechat.WebhookReceiver
	// publicURL is where browsers find this server; empty where that is not known.
	publicURL string
	// emulator is the account inside this process, with WeChat's authorisation
	// page, and webhooks its pushes; nil where there is none.
	emulator *emulator.Official
	webhooks *emulator.WebhookSender
}

// openOfficial sets up the official account, where there is one, and the
// pushes of both programmes. In a demo the emulator's stands for it.
func openOfficial(_ context.Context, a *app) error {
	door := officialDoor{publicURL: a.cfg.PublicURL}
	cfg := wechat.OfficialConfig{
		Config:      wechat.Config{AppID: a.cfg.OfficialAppID, Secret: a.cfg.OfficialSecret, BaseURL: a.cfg.WeChatBaseURL},
		MiniProgram: a.wechat.appID,
	}
	if *a.cfg.Demo && cfg.AppID == "" {
		if door.publicURL == "" {
			door.publicURL = demoURL(a.cfg.Addr)
		}
		cfg.AppID, cfg.Secret = demoOfficialID, rand.Text()
		door.emulator = emulator.NewOfficial(emulator.OfficialOptions{AppID: cfg.AppID, Secret: cfg.Secret, MiniProgram: cfg.MiniProgram, DemoCodes: true, Phones: a.wechat.emulator})
		var err error
		if cfg.BaseURL, err = a.startEmulator(door.emulator); err != nil {
			return err
		}
		cfg.AuthorizePage = emulator.AuthorizePath
	}
	door.appID = cfg.AppID
	if cfg.AppID != "" {
		door.client = wechat.NewOfficial(cfg)
		a.onClose(func() error { door.client.Close(); return nil })
	}
	var err error
	door.receivers, err = a.emulateWebhooks(&door).webhookReceivers(a.wechat.appID)
	a.official = door
	return err
}

// demoURL is where a browser on this machine finds a demo that listens at
// addr; empty where the port is not known before.
func demoURL(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "0" {
		return ""
	}
	return "http://localhost:" + port
}

// clientLogin is how the client in a browser learns who holds the phone.
func (d officialDoor) clientLogin(demo bool) miniprogram.Login {
	switch {
	case demo:
		return miniprogram.LoginDemo
	case d.client != nil && d.publicURL != "":
		return miniprogram.LoginOfficial
	}
	return miniprogram.LoginNone
}

// webhookReceivers are those of the programmes that have webhook settings.
func (c config) webhookReceivers(miniProgram string) ([]*wechat.WebhookReceiver, error) {
	var all []*wechat.WebhookReceiver
	for _, p := range []struct {
		cfg        wechat.WebhookConfig
		token, key string // the settings' names
	}{
		{wechat.WebhookConfig{App: wechat.MiniProgram, AppID: miniProgram, Token: c.WeChatPushToken, AESKey: c.WeChatPushKey}, "XINYU_WECHAT_PUSH_TOKEN", "XINYU_WECHAT_PUSH_AES_KEY"},
		{wechat.WebhookConfig{App: wechat.OfficialAccount, AppID: c.OfficialAppID, Token: c.OfficialPushToken, AESKey: c.OfficialPushKey}, "XINYU_OFFICIAL_PUSH_TOKEN", "XINYU_OFFICIAL_PUSH_AES_KEY"},
	} {
		if p.cfg.Token == "" {
			continue
		}
		r, err := wechat.NewWebhookReceiver(p.cfg)
		switch {
		case err == nil:
			all = append(all, r)
		case errors.Is(err, wechat.ErrWebhookToken):
			return nil, settingError(p.token, err.Error())
		default:
			return nil, settingError(p.key, err.Error())
		}
	}
	return all, nil
}

// checkOfficial checks what the official account needs besides its own settings, and the form of the webhooks' settings.
func (c config) checkOfficial() error {
	switch {
	case c.OfficialPushToken != "" && c.OfficialAppID == "":
		return settingError("XINYU_OFFICIAL_APP_ID", "missing, though the settings of the official account's pushes are given")
	case c.OfficialAppID != "" && c.PublicURL == "":
		return settingError("XINYU_PUBLIC_URL", "missing, though the official account's settings are given")
	}
	_, err := c.webhookReceivers("checked later")
	return err
}
