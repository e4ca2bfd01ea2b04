package org

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Choices are what a manager decides about a previewed import.
type Choices struct {
	OnlyListedClasses bool `json:"onlyListedClasses" doc:"The file is only of the classes that it names: nobody departs from another"`
	// AllSame is the answer to the questions that Same does not answer.
	AllSame *bool        `json:"allSame,omitempty" doc:"Whether those of whom it is asked are the same pupils; same goes first, and where several pupils fit only same answers"`
	Same    []SameChoice `json:"same,omitempty" maxItems:"5000"`
}

// SameChoice answers whether the pupil of the roster is the one in the file.
type SameChoice struct {
	PupilID model.ID `json:"pupilId"`
	Same    bool     `json:"same"`
}

// answers are the choices as the plan asks for them.
type answers struct {
	all *bool
	of  map[model.ID]bool
}

func (c Choices) answers() answers {
	return answers{all: c.AllSame, of: store.Keyed(c.Same, func(s SameChoice) (model.ID, bool) { return s.PupilID, s.Same })}
}

// to is the answer to a question, nil while there is none.
func (a answers) to(pupil model.ID, several bool) *bool {
	if same, decided := a.of[pupil]; decided {
		return &same
	}
	if several {
		return nil
	}
	return a.all
}

// Choose sets what the manager has decided about a previewed import, and
// previews it anew.
func (s *Service) Choose(ctx context.Context, actor model.Actor, id model.ID, choices Choices) (ImportDetail, error) {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.managedImport(s.store.ForUpdate(tx), actor, id)
		if err != nil {
			return err
		}
		if row.Status != model.ImportPreviewed || !row.CreatedAt.After(s.store.Now().Add(-previewLife)) {
			return errNotPreviewed
		}
		n, err := notesOf(row)
		if err != nil {
			return err
		}
		n.Choices = choices
		if err := setNotes(&row, n); err != nil {
			return err
		}
		rows, err := s.openRows(tx, id)
		if err != nil {
			return err
		}
		scope, err := s.managedNow(tx, actor)
		if err != nil {
			return err
		}
		plan, err := s.planImport(tx, row, s.linesOf(rows), scope)
		if err != nil {
			return err
		}
		if plan.count > 0 {
			return errOutdated
		}
		review, err := s.review(tx, row.ID, plan)
		if err != nil {
			return err
		}
		if err := noted(&row, plan); err != nil {
			return err
		}
		if err := tx.Where("import_id = ? AND part >= ? AND part < ?", id, reviewPart, undoPart).Delete(&model.RosterImportPart{}).Error; err != nil {
			return err
		}
		if err := insertParts(tx, review); err != nil {
			return err
		}
		if err := tx.Save(&row).Error; err != nil {
			return err
		}
		return s.logImport(tx, actor, row)
	})
	if err != nil {
		return ImportDetail{}, err
	}
	return s.Import(ctx, actor, id)
}
