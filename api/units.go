package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store"
)

type listUnitsInput struct {
	ParentID rest.IDParam `query:"parentId" doc:"Lists its children; without it, the units at the top of what you may see"`
	store.PageRequest
}

func (s *Server) listUnits(ctx context.Context, actor model.Actor, in *listUnitsInput) (store.Page[org.Unit], error) {
	return s.svc.Org.Units(ctx, actor, org.ListUnits{ParentID: in.ParentID.ID, PageRequest: in.PageRequest})
}

type createUnitInput struct {
	Body struct{ org.NewUnit }
}

func (s *Server) createUnit(ctx context.Context, actor model.Actor, in *createUnitInput) (org.Unit, error) {
	return s.svc.Org.CreateUnit(ctx, actor, in.Body.NewUnit)
}

type renameUnitInput struct {
	rest.IDInput
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
	}
}

func (s *Server) renameUnit(ctx context.Context, actor model.Actor, in *renameUnitInput) (org.Unit, error) {
	return s.svc.Org.RenameUnit(ctx, actor, in.ID.ID, in.Body.Name)
}

func (s *Server) listPupils(ctx context.Context, actor model.Actor, in *rest.IDPageInput) (store.Page[org.Pupil], error) {
	return s.svc.Org.Pupils(ctx, actor, org.ListPupils{ClassID: in.ID.ID, PageRequest: in.PageRequest})
}
