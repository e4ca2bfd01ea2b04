package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/support/alert"
)

type listAlertsInput struct {
	Status model.AlertStatus `query:"status" enum:"raised,acknowledged"`
	PageInput
}

func (s *Server) listAlerts(ctx context.Context, actor model.Actor, in *listAlertsInput) (page[alert.Alert], error) {
	p, err := s.svc.Alerts.Alerts(ctx, actor, alert.AlertsIn{Status: in.Status, Limit: in.Limit, Cursor: in.Cursor.ID})
	return page[alert.Alert]{Items: p.Items, NextCursor: p.NextCursor}, err
}

func (s *Server) acknowledgeAlert(ctx context.Context, actor model.Actor, in *IDInput) (alert.Alert, error) {
	return s.svc.Alerts.Acknowledge(ctx, actor, in.ID.ID)
}
