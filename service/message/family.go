package message

import (
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
)

// Families tells to whom learning messages about the pupils go: the guardians
// and, with own, also the pupil's own account; in each case only those who
// consent to it. Pupils who have left are nobody's.
func (o *Outbox) Families(db *gorm.DB, pupils []model.ID, own bool) (map[model.ID][]model.ID, error) {
	families := make(map[model.ID][]model.ID, len(pupils))
	for part := range slices.Chunk(pupils, written) {
		if err := o.families(db, part, own, families); err != nil {
			return nil, err
		}
	}
	return families, nil
}

func (o *Outbox) families(db *gorm.DB, pupils []model.ID, own bool, into map[model.ID][]model.ID) error {
	bound, err := boundTo(db, pupils)
	if err != nil {
		return err
	}
	var subjects []family.Subject
	for _, b := range bound {
		if own || !b.own {
			subjects = append(subjects, family.Subject{AccountID: b.account, PupilID: b.pupil})
		}
	}
	if len(subjects) == 0 {
		return nil
	}
	refusals, err := family.Refusals(db, model.PurposeLearning, model.DateOf(o.store.Now()), subjects)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		if refusals[s] == nil {
			into[s.PupilID] = append(into[s.PupilID], s.AccountID)
		}
	}
	return nil
}

// bond is an account that belongs to a pupil.
type bond struct {
	account, pupil model.ID
	own            bool // it is the pupil's own, not a guardian's
}

// boundTo is who belongs to the pupils on a roster now: guardians and own
// accounts, in the order of the ids.
func boundTo(db *gorm.DB, pupils []model.ID) ([]bond, error) {
	var rows []struct {
		PupilID, AccountID model.ID
		Own                bool
	}
	err := db.Raw("SELECT g.pupil_id, g.account_id, 0 AS own FROM guardianships AS g JOIN pupils AS p ON p.id = g.pupil_id WHERE g.pupil_id IN ? AND p.departed_at IS NULL"+
		" UNION ALL SELECT id AS pupil_id, account_id, 1 AS own FROM pupils WHERE id IN ? AND account_id IS NOT NULL AND departed_at IS NULL"+
		" ORDER BY pupil_id, own, account_id", pupils, pupils).Scan(&rows).Error
	bonds := make([]bond, len(rows))
	for i, r := range rows {
		bonds[i] = bond{account: r.AccountID, pupil: r.PupilID, own: r.Own}
	}
	return bonds, err
}
