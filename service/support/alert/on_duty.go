package alert

import (
	"cmp"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// rung is who is told at once: a layer of a unit's rota. The rungs of an alert
// are those of its unit, then of the unit above, up to the county, and at last
// everybody on duty at any of them.
type rung struct {
	place    int // of the unit on the way up, from zero on
	unitID   model.ID
	layer    int // zero is everybody
	accounts []model.ID
}

// ladder is whom an alert is for at a moment.
type ladder struct {
	units []model.ID // the alert's and those above it, the nearest first
	// everybody is who has the post at any of the units and may know of the alert.
	everybody []model.ID
	rungs     []rung // in the order in which they are told; never empty, but the last may be nobody
}

// ladderOf returns whom the alert is for at the moment. A unit without a rota, or
// in whose rota nobody has the post any more, has none: the one above it comes
// at once. Where no unit has one, everybody on duty is the only rung; where
// nobody is on duty at all, the managers at the root are.
func (s *Service) ladderOf(tx *gorm.DB, alert model.Alert, now time.Time) (ladder, error) {
	path, err := unit.Path(tx, alert.UnitID)
	if err != nil || len(path) == 0 {
		return ladder{rungs: []rung{{}}}, err
	}
	slices.Reverse(path)
	units := store.Each(path, func(u model.Unit) model.ID { return u.ID })
	holders, err := s.accounts.Holders(tx, units, now, model.RoleDuty)
	if err != nil {
		return ladder{}, err
	}
	strangers, err := s.mustNotKnow(tx, alert, holders)
	if err != nil {
		return ladder{}, err
	}
	everybody := map[model.ID]bool{}
	list := []rung{}
	may := make([]map[model.ID]bool, len(units)) // who has the post at the unit or above it
	for i := range slices.Backward(units) {
		for _, account := range holders[units[i]] {
			if !strangers[account] {
				everybody[account] = true
			}
		}
		may[i] = map[model.ID]bool{}
		for account := range everybody {
			may[i][account] = true
		}
	}
	rotas, err := readRotas(tx, units, now)
	if err != nil {
		return ladder{}, err
	}
	for i, id := range units {
		for layer, accounts := range rotas[id].onDuty(now) {
			accounts = slices.DeleteFunc(accounts, func(account model.ID) bool { return !may[i][account] })
			if len(accounts) > 0 {
				list = append(list, rung{i, id, layer, store.Distinct(accounts)})
			}
		}
	}
	slices.SortFunc(list, func(a, b rung) int { return cmp.Or(a.place-b.place, a.layer-b.layer) })
	root := units[len(units)-1]
	all := store.Distinct(keys(everybody))
	if len(all) == 0 {
		managers, err := s.accounts.Holders(tx, []model.ID{root}, now, model.RoleManager)
		if err != nil {
			return ladder{}, err
		}
		all = slices.DeleteFunc(managers[root], func(account model.ID) bool { return strangers[account] })
	}
	return ladder{units, all, append(list, rung{len(units), root, 0, all})}, nil
}

// mustNotKnow returns who is told nothing of the alert: who raised it, who closed
// it where it waits for its review, a guardian of the pupil from whom the child is withheld, and the other guardians
// where somebody else is on duty, as they do not see it either (visibleTo).
func (s *Service) mustNotKnow(tx *gorm.DB, alert model.Alert, holders map[model.ID][]model.ID) (map[model.ID]bool, error) {
	none := map[model.ID]bool{alert.AccountID: true}
	if alert.ClosedBy != 0 {
		none[alert.ClosedBy] = true
	}
	if alert.PupilID == 0 {
		return none, nil
	}
	withheld, open, err := family.GuardianAccounts(tx, alert.PupilID)
	if err != nil {
		return nil, err
	}
	for _, account := range withheld {
		none[account] = true
	}
	others := false
	for _, accounts := range holders {
		others = others || slices.ContainsFunc(accounts, func(account model.ID) bool { return !none[account] && !slices.Contains(open, account) })
	}
	for _, account := range open {
		none[account] = none[account] || others
	}
	return none, nil
}

func keys(set map[model.ID]bool) []model.ID {
	list := make([]model.ID, 0, len(set))
	for id := range set {
		list = append(list, id)
	}
	return list
}

// after returns the rung that is told when the one of the step was silent: the
// next one, and after the last the first again.
func (l ladder) after(last model.AlertStep) rung {
	if last.Layer > 0 {
		place := slices.Index(l.units, last.UnitID)
		for _, r := range l.rungs {
			if cmp.Or(r.place-place, r.layer-last.Layer) > 0 {
				return r
			}
		}
	}
	return l.rungs[0]
}
