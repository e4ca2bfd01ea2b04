package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
)

func (s *Server) listHotlines(context.Context, model.Actor, *rest.NoInput) (rest.List[counsel.Hotline], error) {
	return rest.ListOf(counsel.Hotlines(), nil)
}
