package identity

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Guardians are the guardians of a pupil, as the class's teachers and the
// managers above see them.
type Guardians struct {
	Items      []GuardianView `json:"items"`
	OwnAccount bool           `json:"ownAccount" doc:"Whether the pupil has an account of their own"`
}

// GuardianView is a guardian of a pupil, without anything by which to contact
// the person: it may be a stranger's claim.
type GuardianView struct {
	AccountID model.ID       `json:"accountId" doc:"By this the guardianship is ended"`
	Relation  model.Relation `json:"relation"`
	BoundAt   time.Time      `json:"boundAt"`
}

// pupilsVisibleTo keeps the pupils p on a roster of the classes that the actor
// teaches or manages.
func (s *Service) pupilsVisibleTo(actor model.Actor) store.Cond {
	return store.All(family.OnRoster(), store.Below("p.class_id", actor.UnitsAs(s.store.Now(), model.Hosts...)))
}

// Guardians lists the guardians of the pupil, or returns pupil_not_found.
func (s *Service) Guardians(ctx context.Context, actor model.Actor, pupil model.ID) (Guardians, error) {
	db := s.store.Read(ctx)
	row, err := family.Pupil(db, pupil, s.pupilsVisibleTo(actor))
	if err != nil {
		return Guardians{}, err
	}
	guardianships, err := family.Guardians(db, pupil)
	if err != nil {
		return Guardians{}, err
	}
	if err := s.log.Record(ctx, actor, s.pupilEntry(actor, model.AuditRead, row)); err != nil {
		return Guardians{}, err
	}
	out := Guardians{Items: make([]GuardianView, len(guardianships)), OwnAccount: row.AccountID != nil}
	for i, g := range guardianships {
		out.Items[i] = GuardianView{AccountID: g.AccountID, Relation: g.Relation, BoundAt: g.CreatedAt.UTC()}
	}
	return out, nil
}

// EndGuardianship undoes, for the school, that the account is a guardian of
// the pupil: a stranger may have known what a claim asks for. Errors:
// pupil_not_found, guardian_not_found.
func (s *Service) EndGuardianship(ctx context.Context, actor model.Actor, pupil, account model.ID) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		present, err := s.present(tx, actor)
		if err != nil {
			return err
		}
		if _, err := family.Pupil(tx, pupil, s.pupilsVisibleTo(present)); err != nil {
			return err
		}
		if err := s.families.EndGuardianship(tx, pupil, account, actor.AccountID, "guardian"); err != nil {
			return err
		}
		return s.logFamily(tx, actor, pupil)
	})
	if err == nil {
		s.authCache.Forget(ctx, account)
	}
	return err
}

// ReleasePupil makes, for the school, the pupil's own account no longer the
// pupil's. Errors: pupil_not_found, pupil_account_not_found.
func (s *Service) ReleasePupil(ctx context.Context, actor model.Actor, pupil model.ID) error {
	return s.release(ctx, actor, func(tx *gorm.DB) (model.ID, error) {
		present, err := s.present(tx, actor)
		if err != nil {
			return 0, err
		}
		account, err := s.families.ReleaseOwnAccount(tx, actor.AccountID, "pupil", store.Where("p.id = ?", pupil), s.pupilsVisibleTo(present))
		if err != nil {
			return 0, err
		}
		return account, s.logFamily(tx, actor, pupil)
	})
}
