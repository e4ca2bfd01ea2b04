package main

import "xinyu/service/platform/notify"

// templates says which templates of WeChat's carry which messages.
func (a *app) templates() (notify.Templates, error) {
	if *a.cfg.Demo && a.cfg.Templates == "" {
		return notify.DemoTemplates(), nil
	}
	templates, err := notify.ReadTemplates(a.cfg.Templates)
	if err != nil {
		return notify.Templates{}, settingError("XINYU_WECHAT_TEMPLATES", err.Error())
	}
	return templates, nil
}
