package supervise

import (
	"context"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// ItemKey names one side of an item.
type ItemKey struct {
	Kind model.ItemKind
	ID   model.ID
	Side model.Side
}

// item is a lesson or lecture with what a report says of it.
type item struct {
	model.Item
	sides model.Sides
	title string
}

// related keeps what is published at, above or below a unit, which is named twice.
const related = "unit_id IN (SELECT ancestor_id FROM unit_closure WHERE unit_id = ?) OR unit_id IN (SELECT unit_id FROM unit_closure WHERE ancestor_id = ?)"

// item reads an item that the unit has to do with and checks that the side
// owes it. Another county's item is not found, and neither is a lesson that
// families can't see: nobody owes it.
func (s *Service) item(ctx context.Context, key ItemKey, unitID model.ID) (item, error) {
	var it item
	db := s.store.Read(ctx).Where(related, unitID, unitID)
	switch key.Kind {
	case model.ItemLesson:
		var l model.Lesson
		if err := db.Take(&l, "id = ? AND status <> ?", key.ID, model.LessonDraft).Error; err != nil {
			return it, store.Found(err, "lesson")
		}
		it = item{Item: l.Item(), sides: l.Sides, title: l.Title}
	case model.ItemLecture:
		var l model.Lecture
		if err := db.Take(&l, "id = ?", key.ID).Error; err != nil {
			return it, store.Found(err, "lecture")
		}
		it = item{Item: l.Item(), sides: l.Sides, title: l.Title}
	default:
		return it, model.Invalid("itemKind", "item_kind_unknown", "类别应为 lesson（微课）或 lecture（宣讲）")
	}
	if !it.sides.Include(key.Side) {
		return it, model.Invalid("side", "side_not_owed", "这一项没有这个对象")
	}
	return it, nil
}
