package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/support/alert"
)

type acknowledgeInput struct {
	rest.IDInput
	Body alert.AcknowledgeIn
}

func (s *Server) acknowledgeAlert(ctx context.Context, actor model.Actor, in *acknowledgeInput) (alert.Alert, error) {
	return s.svc.Alerts.Acknowledge(ctx, actor, in.ID.ID, in.Body)
}

type alertReasonInput struct {
	rest.IDInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Kept sealed"`
	}
}

func (s *Server) closeAlert(ctx context.Context, actor model.Actor, in *alertReasonInput) (alert.Alert, error) {
	return s.svc.Alerts.Close(ctx, actor, in.ID.ID, in.Body.Reason)
}

func (s *Server) reopenAlert(ctx context.Context, actor model.Actor, in *alertReasonInput) (alert.Alert, error) {
	return s.svc.Alerts.Reopen(ctx, actor, in.ID.ID, in.Body.Reason)
}

type reviewAlertInput struct {
	rest.IDInput
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"2000" doc:"What was looked at, kept sealed"`
	}
}

func (s *Server) reviewAlert(ctx context.Context, actor model.Actor, in *reviewAlertInput) (alert.Alert, error) {
	return s.svc.Alerts.Review(ctx, actor, in.ID.ID, in.Body.Note)
}

type alertEntryInput struct {
	rest.IDInput
	Body alert.EntryIn
}

func (s *Server) addAlertEntry(ctx context.Context, actor model.Actor, in *alertEntryInput) (alert.Alert, error) {
	return s.svc.Alerts.AddEntry(ctx, actor, in.ID.ID, in.Body)
}

type withholdInput struct {
	rest.IDInput
	Body alert.WithholdIn
}

func (s *Server) withholdGuardians(ctx context.Context, actor model.Actor, in *withholdInput) (alert.Alert, error) {
	return s.svc.Alerts.Withhold(ctx, actor, in.ID.ID, in.Body)
}

type raiseAlertInput struct{ Body alert.RaiseIn }

func (s *Server) raiseAlert(ctx context.Context, actor model.Actor, in *raiseAlertInput) (alert.Raised, error) {
	return s.svc.Alerts.RaiseByHand(ctx, actor, in.Body)
}

type drillInput struct{ Body alert.DrillIn }

func (s *Server) startDrill(ctx context.Context, actor model.Actor, in *drillInput) (alert.Raised, error) {
	return s.svc.Alerts.Drill(ctx, actor, in.Body)
}

type talkInput struct{ Body alert.TalkIn }

// asked is the reply to the wish to talk: the numbers to call now, and the alert.
type asked struct {
	Alert    alert.Raised      `json:"alert"`
	Hotlines []counsel.Hotline `json:"hotlines"`
}

func (s *Server) askToTalk(ctx context.Context, actor model.Actor, in *talkInput) (asked, error) {
	raised, err := s.svc.Alerts.AskToTalk(ctx, actor, in.Body)
	return asked{Alert: raised, Hotlines: counsel.Hotlines()}, err
}

type alertTimesInput struct {
	rest.IDInput
	Body alert.TimesIn
}

func (s *Server) setAlertTimes(ctx context.Context, actor model.Actor, in *alertTimesInput) ([]alert.LevelTimes, error) {
	return s.svc.Alerts.SetTimes(ctx, actor, in.ID.ID, in.Body)
}
