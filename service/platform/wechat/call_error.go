package wechat

import (
	"time"

	"xinyu/model"
)

// errSetup is a refusal that only the operator can mend, in WeChat's console.
var errSetup = &model.Error{Kind: model.KindInternal, Code: errMisconfigured.Code, Message: "微信服务设置有误，请联系管理员"}

// callError gives a call's failure as a *model.Error: a refusal of WeChat's by
// what the call knows of it, else by the codes that all calls return,
// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
func callError(err error, known map[int64]*model.Error) error {
	no := refusedBy(err)
	if no == nil {
		return err
	}
	if e := known[no.code]; e != nil {
		return e.WithCause(no)
	}
	switch no.code {
	case 45009, 45011, 45029, 44990: // quotas, by the day and the minute
		return model.Unavailable("wechat_unavailable", time.Minute, no)
	case 40013, 40125, 40164, 48001, 48004, 50002, 61007, 89503: // app, secret, our address, permission, account
		return errSetup.WithCause(no)
	}
	return unavailable(no) // -1, and all that we do not know
}
