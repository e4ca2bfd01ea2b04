package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"xinyu/model"
)

const phonePath = "/wxa/business/getuserphonenumber"

// errPhoneCode has one code for a wrong, a used and an expired one, as WeChat has.
var errPhoneCode = model.Invalid("code", "phone_code_invalid", "没有取到手机号，请重新点一次")

// PhoneNumber returns the number behind a code that a tap on the button for it
// gave: good for one use within five minutes, and not a code of wx.login. A
// number of another country begins with its code. Each success costs money.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
//
// Errors: phone_code_invalid (field "code"), wechat_unavailable,
// wechat_misconfigured.
//
// The library's call fails on a country code that is a number.
func (c *Client) PhoneNumber(ctx context.Context, code string) (string, error) {
	if code == "" || len(code) > maxCode {
		return "", errPhoneCode
	}
	var answer struct {
		Info struct {
			Number  string          `json:"phoneNumber"`
			Pure    string          `json:"purePhoneNumber"`
			Country json.RawMessage `json:"countryCode"` // "86", and in WeChat's own example 86
		} `json:"phone_info"`
	}
	if err := c.authed(ctx, phonePath, nil, map[string]string{"code": code}, &answer); err != nil {
		return "", callError(err, map[int64]*model.Error{40029: errPhoneCode, 40163: errPhoneCode, 41008: errPhoneCode})
	}
	number := answer.Info.Number
	if strings.Trim(string(answer.Info.Country), `"`) == "86" {
		number = answer.Info.Pure
	}
	if number == "" {
		return "", unavailable(errors.New("wechat: the answer has no number"))
	}
	return number, nil
}
