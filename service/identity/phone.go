package identity

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/limit"
)

// PhoneNumbers asks WeChat for the number behind a code that the person's tap
// gave. Each question costs money
// (https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html).
type PhoneNumbers func(ctx context.Context, code string) (number string, err error)

// phoneRate bounds what one account makes us pay.
var phoneRate = limit.Rate{Count: 5, Period: 24 * time.Hour}

var (
	errPhoneCode  = model.Invalid("code", "phone_code_invalid", "没有取到手机号，请重新点一次")
	errPhonePupil = model.Forbidden("pupil_phone_refused", "学生本人的账号不留手机号")
)

// PhoneTail is what the owner sees of their number.
type PhoneTail struct {
	Tail string `json:"tail" doc:"The last four digits"`
}

// SetPhone keeps the number behind the code, in place of a former one. It is
// for adults, and nothing depends on it but that they can be called.
func (s *Service) SetPhone(ctx context.Context, actor model.Actor, code string) (PhoneTail, error) {
	if actor.PupilID != 0 {
		return PhoneTail{}, errPhonePupil
	}
	if _, wait, ok := s.limiter.Take(ctx, "phone:"+actor.AccountID.String(), phoneRate); !ok {
		return PhoneTail{}, model.TooMany("too_many_phone_codes", wait)
	}
	found, err := s.phoneNumbers(ctx, code)
	var known *model.Error
	if err != nil && !errors.As(err, &known) {
		err = errPhoneCode.WithCause(err) // WeChat's definite no
	}
	if err != nil {
		return PhoneTail{}, err
	}
	number := model.NormalPhone(found)
	if number == "" {
		return PhoneTail{}, errPhoneCode
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockAccount(tx, actor.AccountID); err != nil {
			return err
		}
		// The account may have become a pupil's since the call began.
		if err := mustNotBePupils(tx, actor.AccountID, errPhonePupil); err != nil {
			return err
		}
		return s.phones.Keep(tx, actor.AccountID, number)
	})
	if err != nil {
		return PhoneTail{}, err
	}
	return PhoneTail{Tail: family.PhoneTail(number)}, nil
}

// DropPhone forgets the actor's number; where there is none it changes nothing.
func (s *Service) DropPhone(ctx context.Context, actor model.Actor) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error { return s.phones.Drop(tx, actor.AccountID) })
}
