package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/support/alert"
)

type listAlertsInput struct {
	Status model.AlertStatus `query:"status"`
	store.PageRequest
}

func (s *Server) listAlerts(ctx context.Context, actor model.Actor, in *listAlertsInput) (store.Page[alert.Alert], error) {
	return s.svc.Alerts.Alerts(ctx, actor, alert.AlertsIn{Status: in.Status, PageRequest: in.PageRequest})
}

func (s *Server) acknowledgeAlert(ctx context.Context, actor model.Actor, in *rest.IDInput) (alert.Alert, error) {
	return s.svc.Alerts.Acknowledge(ctx, actor, in.ID.ID)
}
