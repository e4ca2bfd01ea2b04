package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/audit"
)

func (s *Server) getCheckpoint(ctx context.Context, _ model.Actor, _ *rest.NoInput) (audit.Checkpoint, error) {
	return s.svc.Audit.HandedOut(ctx)
}
