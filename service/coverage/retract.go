package coverage

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Retraction takes back what one cause brought about for one pupil on one side
// of an item.
type Retraction struct {
	Item    model.Item
	Side    model.Side
	PupilID model.ID
	CauseID model.ID
	// Instead is what else covers the pupil, or nil: the fact is then as if that
	// alone had happened.
	Instead *Mark
}

// RetractLocked takes causes back, within a transaction that has locked the
// pupils, and counts that. A fact of another cause stays as it is. A fact that
// nothing else has brought about is deleted: facts are what tallies are counted
// from, so that a rebuild comes to the same counts.
func (e *Engine) RetractLocked(tx *gorm.DB, pupils family.Locked, retractions []Retraction) (Change, error) {
	if len(retractions) == 0 {
		return Change{}, nil
	}
	known, err := e.knownFacts(tx, store.Each(retractions, func(r Retraction) Mark { return Mark{Item: r.Item, Side: r.Side, PupilID: r.PupilID} }))
	if err != nil {
		return Change{}, err
	}
	var deltas []delta
	for _, r := range retractions {
		key := factKey{counterKey{r.Item.Kind, r.Item.ID, r.Side}, r.PupilID}
		fact, isKnown := known[key]
		pupil, exists := pupils[r.PupilID]
		if !isKnown || !exists || fact.CauseID != r.CauseID {
			continue
		}
		row := tx.Model(&model.CoverageFact{}).Where("item_kind = ? AND item_id = ? AND side = ? AND pupil_id = ?", key.kind, key.id, key.side, key.pupil)
		if in := r.Instead; in != nil {
			err := row.Updates(map[string]any{"started_at": in.At, "covered_at": in.At, "how": in.How, "cause_id": in.CauseID}).Error
			if err != nil {
				return Change{}, err
			}
			fact.CauseID = in.CauseID
			known[key] = fact
			continue
		}
		if err := row.Delete(nil).Error; err != nil {
			return Change{}, err
		}
		delete(known, key)
		if pupil.DepartedAt != nil {
			continue
		}
		d := delta{tallyKey: tallyKey{counterKey: key.counterKey, class: pupil.ClassID}, unit: r.Item.UnitID, started: -1}
		if fact.CoveredAt != nil {
			d.covered = -1
		}
		deltas = append(deltas, d)
	}
	versions, err := e.addToTallies(tx, deltas)
	return Change{deltas: deltas, versions: versions}, err
}
