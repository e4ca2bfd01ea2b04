package identity

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Guardians is who is bound to a pupil, as the class's teachers and the
// managers above see it.
type Guardians struct {
	Items      []GuardianView `json:"items"`
	OwnAccount bool           `json:"ownAccount" doc:"Whether the pupil has an account of their own"`
}

// GuardianView is a guardian of a pupil: nothing by which to reach the person,
// as it may be a stranger's claim.
type GuardianView struct {
	AccountID model.ID       `json:"accountId" doc:"By this the binding is undone"`
	Relation  model.Relation `json:"relation" enum:"mother,father,grandparent,other"`
	BoundAt   time.Time      `json:"boundAt"`
}

// pupilsVisibleTo keeps the pupils on a roster of the classes that the actor
// teaches or manages.
func (s *Service) pupilsVisibleTo(actor model.Actor) func(*gorm.DB) *gorm.DB {
	classes := store.Below("pupils.class_id", actor.UnitsAs(s.store.Now(), model.RoleTeacher, model.RoleManager)).Scope
	return func(db *gorm.DB) *gorm.DB { return classes(db).Where("pupils.departed_at IS NULL") }
}

func (s *Service) visiblePupil(db *gorm.DB, actor model.Actor, id model.ID) (model.Pupil, error) {
	var pupil model.Pupil
	err := db.Scopes(s.pupilsVisibleTo(actor)).Take(&pupil, "pupils.id = ?", id).Error
	return pupil, store.Found(err, "pupil")
}

// Guardians lists who is bound to the pupil, or answers pupil_not_found.
func (s *Service) Guardians(ctx context.Context, actor model.Actor, pupil model.ID) (Guardians, error) {
	db := s.store.Read(ctx)
	row, err := s.visiblePupil(db, actor, pupil)
	if err != nil {
		return Guardians{}, err
	}
	var bonds []model.Guardianship
	if err := db.Where("pupil_id = ?", pupil).Order("seat").Find(&bonds).Error; err != nil {
		return Guardians{}, store.Translate(err)
	}
	out := Guardians{Items: make([]GuardianView, len(bonds)), OwnAccount: row.AccountID != nil}
	for i, g := range bonds {
		out.Items[i] = GuardianView{AccountID: g.AccountID, Relation: g.Relation, BoundAt: g.CreatedAt.UTC()}
	}
	return out, nil
}

// EndGuardianship undoes, for the school, that the account is a guardian of
// the pupil: a stranger may have known what a claim asks for. Errors:
// pupil_not_found, guardian_not_found.
func (s *Service) EndGuardianship(ctx context.Context, actor model.Actor, pupil, account model.ID) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.visiblePupil(tx, actor, pupil); err != nil {
			return err
		}
		return s.endGuardianship(tx, actor, pupil, account, "guardian")
	})
	if err == nil {
		s.holders.Forget(ctx, account)
	}
	return err
}

// ReleasePupil makes, for the school, the pupil's own account no longer the
// pupil's. Errors: pupil_not_found, pupil_account_not_found.
func (s *Service) ReleasePupil(ctx context.Context, actor model.Actor, pupil model.ID) error {
	return s.release(ctx, actor, "pupil_account", func(tx *gorm.DB) (model.Pupil, error) { return s.visiblePupil(tx, actor, pupil) })
}
