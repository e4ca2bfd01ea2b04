package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/identity"
)

type setPhoneInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"256" doc:"From the button with open-type getPhoneNumber"`
	}
}

func (s *Server) setPhone(ctx context.Context, actor model.Actor, in *setPhoneInput) (identity.PhoneTail, error) {
	return s.svc.Identity.SetPhone(ctx, actor, in.Body.Code)
}
