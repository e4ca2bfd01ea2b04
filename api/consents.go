package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/identity"
)

func (s *Server) listConsentTexts(context.Context, model.Actor, *rest.NoInput) (rest.List[identity.ConsentText], error) {
	return rest.ListOf(s.svc.Identity.ConsentTexts(), nil)
}

// PurposeInput is the input of a call on one purpose.
type PurposeInput struct {
	Purpose string `path:"purpose" maxLength:"32" doc:"learning or counselling"`
}

type giveConsentInput struct {
	PurposeInput
	Body struct {
		Version string `json:"version" minLength:"1" maxLength:"16" doc:"Of the text that was shown: the one in force"`
	}
}

func (s *Server) giveConsent(ctx context.Context, actor model.Actor, in *giveConsentInput) (identity.ConsentView, error) {
	return s.svc.Identity.GiveConsent(ctx, actor, model.Purpose(in.Purpose), in.Body.Version)
}

func (s *Server) withdrawConsent(ctx context.Context, actor model.Actor, in *PurposeInput) (identity.ConsentView, error) {
	return s.svc.Identity.WithdrawConsent(ctx, actor, model.Purpose(in.Purpose))
}
