package message

import (
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
)

// Families returns to whom learning messages about the pupils go: the guardians
// and, with own, also the pupil's own account; in each case only those who
// consent to it. Pupils who have left are nobody's.
func (o *Outbox) Families(db *gorm.DB, pupils []model.ID, own bool) (map[model.ID][]model.ID, error) {
	families := make(map[model.ID][]model.ID, len(pupils))
	for part := range slices.Chunk(pupils, batchRows) {
		if err := o.families(db, part, own, families); err != nil {
			return nil, err
		}
	}
	return families, nil
}

func (o *Outbox) families(db *gorm.DB, pupils []model.ID, own bool, into map[model.ID][]model.ID) error {
	members, err := family.Members(db, pupils)
	if err != nil {
		return err
	}
	var subjects []family.Subject
	for _, m := range members {
		if own || !m.Own {
			subjects = append(subjects, family.Subject{AccountID: m.AccountID, PupilID: m.PupilID})
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
