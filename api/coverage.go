package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/supervise"
)

// ItemInput names one side of an item in a unit.
type ItemInput struct {
	ItemKind model.ItemKind `query:"itemKind" required:"true"`
	ItemID   store.IDParam  `query:"itemId" required:"true"`
	Side     model.Side     `query:"side" required:"true"`
	UnitID   store.IDParam  `query:"unitId" required:"true"`
}

func (in ItemInput) key() supervise.ItemKey {
	return supervise.ItemKey{Kind: in.ItemKind, ID: in.ItemID.ID, Side: in.Side}
}

func (s *Server) coverage(ctx context.Context, actor model.Actor, in *ItemInput) (supervise.Report, error) {
	return s.svc.Supervise.Coverage(ctx, actor, in.key(), in.UnitID.ID)
}

type coverageItemsInput struct {
	UnitID store.IDParam `query:"unitId" required:"true"`
	Term   model.Term    `query:"term" required:"true" doc:"Half-year, as 2026H2"`
}

func (s *Server) coverageItems(ctx context.Context, actor model.Actor, in *coverageItemsInput) (rest.List[supervise.ItemLine], error) {
	return rest.ListOf(s.svc.Supervise.Items(ctx, actor, in.UnitID.ID, in.Term))
}

type missingInput struct {
	ItemInput
	store.PageRequest
}

func (s *Server) missing(ctx context.Context, actor model.Actor, in *missingInput) (store.Page[supervise.Missing], error) {
	return s.svc.Supervise.Missing(ctx, actor, in.key(), in.UnitID.ID, in.PageRequest)
}
