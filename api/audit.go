package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/audit"
)

// getCheckpoint is for every member of staff: the more of them keep one, the
// less can be changed unseen.
func (s *Server) getCheckpoint(ctx context.Context, _ model.Actor, _ *rest.NoInput) (audit.Checkpoint, error) {
	return s.svc.Audit.Checkpoint(ctx)
}
