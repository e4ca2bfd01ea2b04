package supervise

import (
	"context"

	"xinyu/model"
	"xinyu/service/coverage"
)

// ItemKey names one side of an item.
type ItemKey struct {
	Kind model.ItemKind
	ID   model.ID
	Side model.Side
}

// item reads an item that the unit has to do with and checks that the side
// owes it. Another county's item is not found, and neither is a lesson that
// families can't see: nobody owes it.
func (s *Service) item(ctx context.Context, key ItemKey, unitID model.ID) (coverage.ItemDetail, error) {
	var items Items
	switch key.Kind {
	case model.ItemLesson:
		items = s.lessons
	case model.ItemLecture:
		items = s.lectures
	default:
		return coverage.ItemDetail{}, model.Invalid("itemKind", "item_kind_unknown", "类别应为 lesson（微课）或 lecture（宣讲）")
	}
	it, err := items.CoverageItem(ctx, key.ID, unitID)
	if err != nil {
		return it, err
	}
	if !it.Include(key.Side) {
		return it, model.Invalid("side", "side_not_owed", "这一项没有这个对象")
	}
	return it, nil
}
