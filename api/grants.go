package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/identity"
)

type grantInput struct {
	rest.IDInput
	Body struct {
		InviteCode string     `json:"inviteCode" minLength:"1" maxLength:"16" doc:"What the person read out, from POST /me/invite-code"`
		Role       model.Role `json:"role" enum:"counsellor,teacher,volunteer,manager,inspector,duty"`
		Name       string     `json:"name" minLength:"1" maxLength:"64" doc:"How the person is shown to others"`
		EndsAt     *time.Time `json:"endsAt,omitempty" doc:"Needed for an inspector: 60 days from now at most"`
	}
}

type lockInput struct {
	rest.IDInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"In a line; shown to those who could unlock the account"`
	}
}

func (s *Server) lockAccount(ctx context.Context, actor model.Actor, in *lockInput) (rest.None, error) {
	return rest.None{}, s.svc.Identity.LockAccount(ctx, actor, in.ID.ID, in.Body.Reason)
}

func (s *Server) grant(ctx context.Context, actor model.Actor, in *grantInput) (identity.GrantView, error) {
	return s.svc.Identity.Grant(ctx, actor, in.ID.ID, identity.GrantIn{InviteCode: in.Body.InviteCode, Role: in.Body.Role, Name: in.Body.Name, EndsAt: in.Body.EndsAt})
}
