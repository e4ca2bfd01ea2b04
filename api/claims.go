package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/identity"
)

type confirmClaimsInput struct {
	Body struct {
		ClaimIDs []model.ID `json:"claimIds" minItems:"1" maxItems:"100"`
	}
}

func (s *Server) confirmClaims(ctx context.Context, actor model.Actor, in *confirmClaimsInput) (identity.ConfirmedClaims, error) {
	return s.svc.Identity.ConfirmClaims(ctx, actor, in.Body.ClaimIDs)
}

type claimRuleInput struct {
	rest.IDInput
	Body struct {
		Rule identity.ClaimRule `json:"rule"`
	}
}

func (s *Server) setClaimRule(ctx context.Context, actor model.Actor, in *claimRuleInput) (identity.ClaimRuleView, error) {
	return s.svc.Identity.SetClaimRule(ctx, actor, in.ID.ID, in.Body.Rule)
}
