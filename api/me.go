package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/identity"
)

func (s *Server) me(ctx context.Context, actor model.Actor, _ *noInput) (identity.Me, error) {
	return s.svc.Identity.Me(ctx, actor)
}
