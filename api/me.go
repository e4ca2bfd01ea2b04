package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service"
	"xinyu/service/identity"
)

func (s *Server) me(ctx context.Context, actor model.Actor, _ *rest.NoInput) (identity.Me, error) {
	return s.svc.Identity.Me(ctx, actor)
}

func (s *Server) overview(ctx context.Context, actor model.Actor, _ *rest.NoInput) (service.Overview, error) {
	return s.svc.Overview(ctx, actor)
}

type setPhoneInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"256" doc:"From the button with open-type getPhoneNumber"`
	}
}

func (s *Server) setPhone(ctx context.Context, actor model.Actor, in *setPhoneInput) (identity.PhoneTail, error) {
	return s.svc.Identity.SetPhone(ctx, actor, in.Body.Code)
}

func (s *Server) dropPhone(ctx context.Context, actor model.Actor, _ *rest.NoInput) (rest.None, error) {
	return rest.None{}, s.svc.Identity.DropPhone(ctx, actor)
}
