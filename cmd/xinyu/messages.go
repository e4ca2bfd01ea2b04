package main

import "xinyu/service/platform/notify"

// messages says by which templates and channels people are written to.
func (a *app) messages() (notify.Options, error) {
	templates, err := notify.ReadTemplates(a.cfg.Templates)
	if err != nil {
		return notify.Options{}, settingError("XINYU_WECHAT_TEMPLATES", err.Error())
	}
	if *a.cfg.Demo && a.cfg.Templates == "" {
		templates = notify.DemoTemplates()
	}
	return notify.Options{Templates: templates, MiniProgram: notify.MiniProgram(a.wechat.client)}, nil
}
