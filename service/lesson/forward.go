package lesson

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Forwarded is what became of a forward.
type Forwarded struct {
	ID       model.ID   `json:"id" doc:"Of the ledger's line of the first unit"`
	UnitIDs  []model.ID `json:"unitIds"`
	At       time.Time  `json:"at" doc:"When the lesson was first forwarded today to any of them"`
	Families int        `json:"families" doc:"Pupils of the units with a guardian, who see it as forwarded by the school"`
}

// Forward sends an open lesson on to the families of units at or below those
// where the actor is a teacher or manager: a line of the ledger each, which
// families see beside the lesson. Again on the same day changes nothing.
func (s *Service) Forward(ctx context.Context, actor model.Actor, id model.ID, unitIDs []model.ID) (Forwarded, error) {
	l, err := s.openLesson(ctx, actor, id)
	if err != nil {
		return Forwarded{}, err
	}
	units := store.Distinct(slices.Clone(unitIDs)) // in one order, so that two calls lock alike
	now := s.store.Now()
	out := Forwarded{UnitIDs: units}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.mustServe(tx, actor, l, units); err != nil {
			return err
		}
		families, err := familiesByUnit(tx, units)
		if err != nil {
			return err
		}
		rows := store.Each(units, func(unit model.ID) model.LessonForward {
			return model.LessonForward{ID: s.store.NewID(), LessonID: l.ID, UnitID: unit, AccountID: actor.AccountID,
				OnDate: model.DateOf(now), Families: families[unit], CreatedAt: now}
		})
		// The unique index decides who was first to forward to a unit today.
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
			return err
		}
		var kept []model.LessonForward
		err = tx.Where("lesson_id = ? AND unit_id IN ? AND on_date = ?", l.ID, units, model.DateOf(now)).Order("created_at, unit_id").Find(&kept).Error
		if err != nil {
			return err
		}
		out.ID, out.At = kept[0].ID, kept[0].CreatedAt.UTC()
		out.Families, err = familiesOf(tx, units)
		return err
	})
	return out, err
}

// mustServe refuses units that the actor does not work for, as not found, and
// units whose families can't see the lesson.
func (s *Service) mustServe(tx *gorm.DB, actor model.Actor, l model.Lesson, units []model.ID) error {
	found, err := unit.ListIDs(tx, unit.IDs(units...), unit.InUse(), unit.Below(actor.UnitsAs(s.store.Now(), model.Hosts...)...))
	if err != nil {
		return err
	}
	if len(found) != len(units) {
		return model.NotFound("unit")
	}
	served, err := store.AmongBelow(tx, units, []model.ID{l.UnitID})
	if err != nil {
		return err
	}
	if len(served) != len(units) {
		return model.Conflict("lesson_not_for_unit", "所选单位里有看不到这节微课的，请重新选择")
	}
	return nil
}

// familiesOf counts the pupils at or below any of the units who have a guardian.
func familiesOf(tx *gorm.DB, units []model.ID) (int, error) {
	var n int64
	err := family.Enrolled(tx).Where(store.All(family.HasGuardian("p.id"), store.Below("p.class_id", units))).Count(&n).Error
	return int(n), err
}

// familiesByUnit counts them at or below each of the units.
func familiesByUnit(tx *gorm.DB, units []model.ID) (map[model.ID]int, error) {
	var rows []struct {
		UnitID model.ID
		N      int
	}
	err := family.Enrolled(tx).Joins(store.JoinAbove("c", "p.class_id")).Where(family.HasGuardian("p.id")).Where("c.ancestor_id IN ?", units).Group("c.ancestor_id").Select("c.ancestor_id AS unit_id, COUNT(*) AS n").Scan(&rows).Error
	by := make(map[model.ID]int, len(rows))
	for _, r := range rows {
		by[r.UnitID] = r.N
	}
	return by, err
}

// ForwardLine is a line of the ledger.
type ForwardLine struct {
	ID       model.ID  `json:"id"`
	UnitID   model.ID  `json:"unitId"`
	UnitName string    `json:"unitName"`
	By       string    `json:"by" doc:"The name of who forwarded it"`
	At       time.Time `json:"at"`
	Families int       `json:"families" doc:"Pupils of the unit with a guardian then"`
}

type forwardRow struct {
	model.LessonForward
	UnitName string
}

var newestForwards = store.Descending(func(r forwardRow) store.Keys { return store.Keys{r.ID} }, "f.id")

// Forwards lists to which units, at or below the actor's own, a lesson was
// forwarded, the newest first.
func (s *Service) Forwards(ctx context.Context, actor model.Actor, id model.ID, in store.PageRequest) (store.Page[ForwardLine], error) {
	db := s.store.Read(ctx)
	var l model.Lesson
	if err := db.Where(s.visibleTo(actor)).Select("lessons.id").Take(&l, "lessons.id = ?", id).Error; err != nil {
		return store.Page[ForwardLine]{}, store.Found(err, "lesson")
	}
	q := db.Table("lesson_forwards AS f").Joins(unit.Join("u", "f.unit_id")).
		Where(store.Below("f.unit_id", actor.UnitsAs(s.store.Now(), model.FigureReaders...))).Where("f.lesson_id = ?", id).Select("f.*, u.name AS unit_name")
	rows, next, err := newestForwards.Read(q, in)
	if err != nil {
		return store.Page[ForwardLine]{}, err
	}
	senders := store.Each(rows, func(r forwardRow) model.ID { return r.AccountID })
	names, err := s.accounts.Names(db, senders)
	return store.PageOf(rows, next, func(r forwardRow) ForwardLine {
		return ForwardLine{ID: r.ID, UnitID: r.UnitID, UnitName: r.UnitName, By: names[r.AccountID], At: r.CreatedAt.UTC(), Families: r.Families}
	}), err
}
