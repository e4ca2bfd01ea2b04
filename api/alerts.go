package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/support"
)

type listAlertsInput struct {
	Status model.AlertStatus `query:"status" enum:"raised,acknowledged"`
	PageInput
}

func (s *Server) listAlerts(ctx context.Context, actor model.Actor, in *listAlertsInput) (page[support.Alert], error) {
	p, err := s.svc.Support.Alerts(ctx, actor, support.AlertsIn{Status: in.Status, Limit: in.Limit, Cursor: in.Cursor.ID})
	return page[support.Alert]{Items: p.Items, NextCursor: p.NextCursor}, err
}

func (s *Server) acknowledgeAlert(ctx context.Context, actor model.Actor, in *IDInput) (support.Alert, error) {
	return s.svc.Support.Acknowledge(ctx, actor, in.ID.ID)
}
