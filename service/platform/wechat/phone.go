package wechat

import (
	"context"
	"errors"

	"github.com/silenceper/wechat/v2/miniprogram/auth"

	"xinyu/model"
)

// errPhoneCode has one code for a wrong, a used and an expired one, as WeChat has.
var errPhoneCode = model.Invalid("code", "phone_code_invalid", "没有取到手机号，请重新点一次")

// PhoneNumber answers the number behind a code that a tap on the button for it
// gave: good for one use within five minutes, and not a code of wx.login. A
// number of another country begins with its code. Each success costs money.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
//
// Errors: phone_code_invalid (field "code"), wechat_unavailable,
// wechat_misconfigured.
func (c *Client) PhoneNumber(ctx context.Context, code string) (string, error) {
	if code == "" || len(code) > maxCode {
		return "", errPhoneCode
	}
	var answer *auth.GetPhoneNumberResponse
	err := c.withToken(ctx, func(ctx context.Context) (err error) {
		answer, err = c.program.GetAuth().GetPhoneNumberContext(ctx, code)
		return err
	})
	if err != nil {
		return "", callError(err, map[int64]*model.Error{40029: errPhoneCode, 40163: errPhoneCode, 41008: errPhoneCode})
	}
	number := answer.PhoneInfo.PhoneNumber
	if answer.PhoneInfo.CountryCode == "86" {
		number = answer.PhoneInfo.PurePhoneNumber
	}
	if number == "" {
		return "", unavailable(errors.New("wechat: the answer has no number"))
	}
	return number, nil
}
