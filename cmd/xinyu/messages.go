package main

import "xinyu/service/message"

// templates says which templates of WeChat's carry which messages.
func (a *app) templates() (message.Templates, error) {
	if *a.cfg.Demo && a.cfg.Templates == "" {
		return message.DemoTemplates(), nil
	}
	templates, err := message.ReadTemplates(a.cfg.Templates)
	if err != nil {
		return message.Templates{}, settingError("XINYU_WECHAT_TEMPLATES", err.Error())
	}
	return templates, nil
}
