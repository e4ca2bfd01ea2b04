package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/support/alert"
)

type setRotaInput struct {
	rest.IDInput
	Body alert.RotaIn
}

func (s *Server) setRota(ctx context.Context, actor model.Actor, in *setRotaInput) (alert.Rota, error) {
	return s.svc.Alerts.SetRota(ctx, actor, in.ID.ID, in.Body)
}
