package supervise

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/calendar"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// nudgeHolds is for how long a nudge may still be sent.
const nudgeHolds = 24 * time.Hour

// classesAtOnce bounds the classes of one transaction: some five hundred pupils.
const classesAtOnce = 10

// Nudges says, by pupils, how many families were nudged.
type Nudges struct {
	Nudged        int `json:"nudged"`
	AlreadyNudged int `json:"alreadyNudged" doc:"Today, before, about the same"`
	Unreachable   int `json:"unreachable" doc:"Nobody is bound to the pupil, or nobody there consents to learning"`
	// SendsAt is set on a holiday.
	SendsAt *time.Time `json:"sendsAt,omitempty" doc:"When they are sent, where the county has a holiday now"`
}

// Nudge (催办) writes, on a holiday of the county only when it is over, to the families of the pupils of a unit whom one side of
// an item does not cover, once a pupil and day at most. Who can't be written
// to comes into the call queue of the class's teachers.
func (s *Service) Nudge(ctx context.Context, actor model.Actor, key ItemKey, unitID model.ID) (Nudges, error) {
	if _, err := s.unit(ctx, actor, unitID, model.Hosts); err != nil {
		return Nudges{}, err
	}
	it, err := s.item(ctx, key, unitID)
	if err != nil {
		return Nudges{}, err
	}
	payload := map[string]any{}
	if key.Kind == model.ItemLesson {
		payload["lessonId"] = key.ID
	}
	if !it.Open {
		return Nudges{}, model.Conflict("item_not_open", "这一项现在没有开放，不能催办")
	}
	sends, err := calendar.AfterHoliday(s.store.Read(ctx), unitID, s.store.Now())
	if err != nil {
		return Nudges{}, err
	}
	subject := message.Subject{Kind: string(key.Kind), ID: key.ID, Side: key.Side, Message: message.KindNudge, Payload: payload,
		SendAfter: sends, CutoffAt: sends.Add(nudgeHolds), OwnAccounts: key.Side == model.SidePupil, By: actor.AccountID}
	var total message.Nudged
	owing, err := s.owingClasses(ctx, it, unitID)
	if err != nil {
		return Nudges{}, err
	}
	for part := range slices.Chunk(owing, classesAtOnce) {
		classes, err := s.uncovered(ctx, key, part)
		if err != nil {
			return Nudges{}, err
		}
		var nudged message.Nudged
		err = s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
			nudged, err = s.outbox.Nudge(tx, subject, classes)
			return err
		})
		if err != nil {
			return Nudges{}, err
		}
		total.Add(nudged)
	}
	nudges := Nudges{Nudged: total.Nudged, AlreadyNudged: total.Already, Unreachable: total.Unreachable}
	if sends.After(s.store.Now()) {
		nudges.SendsAt = &sends
	}
	return nudges, nil
}

// owingClasses are the classes of the unit that owe the item, in the order of their ids.
func (s *Service) owingClasses(ctx context.Context, it coverage.ItemDetail, unitID model.ID) ([]model.ID, error) {
	return unit.NextClasses(s.store.Read(ctx), 0, 0, unit.Below(unitID), unit.Below(it.UnitID))
}

// owing is a query over the pupils p on the rosters of the classes whom the
// side of the item does not cover, with their facts f.
func (s *Service) owing(ctx context.Context, key ItemKey, classes []model.ID) *gorm.DB {
	return family.Enrolled(s.store.Read(ctx)).Scopes(coverage.LeftJoinFact("f", "p.id", key.Kind, key.ID, key.Side)).
		Where(store.All(family.InClasses(classes), coverage.NotCovered("f")))
}

// uncovered are the pupils of the classes whom the side of the item does not
// cover, with their classes.
func (s *Service) uncovered(ctx context.Context, key ItemKey, classes []model.ID) (map[model.ID]model.ID, error) {
	var pupils []model.Pupil
	err := s.owing(ctx, key, classes).Select("p.id, p.class_id").Scan(&pupils).Error
	return store.Keyed(pupils, func(p model.Pupil) (model.ID, model.ID) { return p.ID, p.ClassID }), err
}

// Obsolete tells which nudges, or calls in their place, are not to be made any
// more: their pupil is covered by now. It is the check of that kind of message.
func (s *Service) Obsolete(ctx context.Context, contacts []message.Contact) (map[model.ID]bool, error) {
	ids := store.Each(contacts, func(contact message.Contact) model.ID { return contact.CauseID })
	nudges, err := message.Nudges(s.store.Read(ctx), ids)
	if err != nil {
		return nil, err
	}
	items, pupils := map[model.ItemKind][]model.ID{}, map[model.ItemKind][]model.ID{}
	for _, n := range nudges {
		kind := model.ItemKind(n.SubjectKind)
		items[kind], pupils[kind] = append(items[kind], n.SubjectID), append(pupils[kind], n.PupilID)
	}
	covered := map[model.ItemKind]map[coverage.Fact]bool{}
	for kind := range items {
		if covered[kind], err = coverage.Covered(s.store.Read(ctx), kind, store.Distinct(items[kind]), store.Distinct(pupils[kind])); err != nil {
			return nil, err
		}
	}
	obsolete := map[model.ID]bool{}
	for _, contact := range contacts {
		n, known := nudges[contact.CauseID]
		if !known || covered[model.ItemKind(n.SubjectKind)][coverage.Fact{ItemID: n.SubjectID, PupilID: n.PupilID, Side: n.Side}] {
			obsolete[contact.ID] = true
		}
	}
	return obsolete, nil
}
