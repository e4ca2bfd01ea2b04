package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/org"
)

type createUnitInput struct {
	Body struct{ org.NewUnit }
}

func (s *Server) createUnit(ctx context.Context, actor model.Actor, in *createUnitInput) (org.Unit, error) {
	return s.svc.Org.CreateUnit(ctx, actor, in.Body.NewUnit)
}

type renameUnitInput struct {
	rest.IDInput
	Body struct {
		Name    string `json:"name" minLength:"1" maxLength:"100"`
		Version int    `json:"version" minimum:"1" doc:"The version that the change was made to"`
	}
}

func (s *Server) renameUnit(ctx context.Context, actor model.Actor, in *renameUnitInput) (org.Unit, error) {
	return s.svc.Org.RenameUnit(ctx, actor, in.ID.ID, in.Body.Version, in.Body.Name)
}
