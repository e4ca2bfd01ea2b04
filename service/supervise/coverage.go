package supervise

import (
	"context"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Line is one unit's coverage.
type Line struct {
	UnitID  model.ID       `json:"unitId"`
	Name    string         `json:"name"`
	Kind    model.UnitKind `json:"kind"`
	Roster  int            `json:"roster" doc:"Pupils on the rosters"`
	Started int            `json:"started"`
	Covered int            `json:"covered"`
	Rate    float64        `json:"rate" doc:"Covered in percent of the roster, one decimal, 100 only when all are"`
}

func lineOf(u model.Unit, f coverage.Figure) Line {
	return Line{UnitID: u.ID, Name: u.Name, Kind: u.Kind, Roster: f.Roster, Started: f.Started, Covered: f.Covered, Rate: f.Rate()}
}

// Report is a unit's coverage by one side of an item, and that of the units right below it.
type Report struct {
	Unit     Line   `json:"unit"`
	Children []Line `json:"children"`
}

// Coverage reports on a unit at or below one of the actor's.
func (s *Service) Coverage(ctx context.Context, actor model.Actor, key ItemKey, unitID model.ID) (Report, error) {
	top, err := s.unit(ctx, actor, unitID, model.FigureReaders)
	if err != nil {
		return Report{}, err
	}
	it, err := s.item(ctx, key, unitID)
	if err != nil {
		return Report{}, err
	}
	children, err := unit.Children(s.store.Read(ctx), unitID)
	if err != nil {
		return Report{}, err
	}
	ids := append(store.Each(children, func(c model.Unit) model.ID { return c.ID }), unitID)
	figures, err := s.coverage.Figures(ctx, it.Item, key.Side, ids)
	if err != nil {
		return Report{}, err
	}
	return Report{Unit: lineOf(top, figures[unitID]), Children: store.Each(children, func(c model.Unit) Line { return lineOf(c, figures[c.ID]) })}, nil
}

// ItemLine is one item's coverage in a unit.
type ItemLine struct {
	ItemKind model.ItemKind `json:"itemKind"`
	ItemID   model.ID       `json:"itemId"`
	Title    string         `json:"title"`
	Side     model.Side     `json:"side"`
	Roster   int            `json:"roster"`
	Started  int            `json:"started"`
	Covered  int            `json:"covered"`
	Rate     float64        `json:"rate"`
}

// Items reports, for one unit, on every item that it owes in a term.
func (s *Service) Items(ctx context.Context, actor model.Actor, unitID model.ID, term model.Term) ([]ItemLine, error) {
	if _, err := s.unit(ctx, actor, unitID, model.FigureReaders); err != nil {
		return nil, err
	}
	if !term.Valid() {
		return nil, model.Invalid("term", "term_invalid", "学期应写作 2026H1（上半年）或 2026H2（下半年）")
	}
	items, err := s.lectures.CoverageItems(ctx, unitID, term)
	if err != nil {
		return nil, err
	}
	lessons, err := s.lessons.CoverageItems(ctx, unitID, term)
	if err != nil {
		return nil, err
	}
	items = append(items, lessons...)
	lines := []ItemLine{}
	for _, it := range items {
		for _, side := range it.List() {
			figures, err := s.coverage.Figures(ctx, it.Item, side, []model.ID{unitID})
			if err != nil {
				return nil, err
			}
			f := figures[unitID]
			lines = append(lines, ItemLine{ItemKind: it.Kind, ItemID: it.ID, Title: it.Title, Side: side, Roster: f.Roster, Started: f.Started, Covered: f.Covered, Rate: f.Rate()})
		}
	}
	return lines, nil
}
