package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Binding is what became of a claim: the pupil who is bound now or, where
// Waiting is set, nothing yet.
type Binding[View any] struct {
	Bound   View
	Waiting *ClaimView
}

// ClaimStatus is how a claim stands for whoever made it.
type ClaimStatus string

// The states of claims.
const (
	ClaimWaits   ClaimStatus = "waiting"
	ClaimRefused ClaimStatus = "refused"
	ClaimExpired ClaimStatus = "expired"
)

// Values are all states.
func (ClaimStatus) Values() []ClaimStatus {
	return []ClaimStatus{ClaimWaits, ClaimRefused, ClaimExpired}
}

// ClaimView is a claim as whoever made it sees it: nothing of the pupil.
type ClaimView struct {
	ID        model.ID          `json:"id"`
	Kind      model.BindingKind `json:"kind" doc:"guardian, or pupil for the pupil's own account"`
	Relation  model.Relation    `json:"relation,omitempty" doc:"To a child"`
	Status    ClaimStatus       `json:"status" doc:"waiting for a teacher, or how it ended within the last 14 days"`
	Code      string            `json:"code" doc:"Four digits that the teacher sees too, so that both can compare them"`
	AskedAt   time.Time         `json:"askedAt"`
	ExpiresAt time.Time         `json:"expiresAt" doc:"From then on it has to be made anew"`
}

func (s *Service) viewClaim(c model.BindingClaim) ClaimView {
	view := ClaimView{ID: c.ID, Kind: c.Kind, Relation: c.Relation, Status: ClaimWaits, Code: claimCode(c.ID), AskedAt: c.CreatedAt.UTC(), ExpiresAt: c.ExpiresAt.UTC()}
	switch {
	case c.Waits == nil:
		view.Status = ClaimRefused
	case !c.ExpiresAt.After(s.store.Now()):
		view.Status = ClaimExpired
	}
	return view
}

// claimCode is how two people tell on the telephone which claim they mean.
func claimCode(id model.ID) string { return fmt.Sprintf("%04d", id%10_000) }

// askWhereNeeded has the claim wait for a teacher and returns it, where it has
// to; else it returns nil. An account that is tied to the pupil already asks nobody.
func (s *Service) askWhereNeeded(tx *gorm.DB, claim model.BindingClaim) (*ClaimView, error) {
	pupil, err := family.Pupil(tx, claim.PupilID, family.OnRoster())
	if model.KindOf(err) == model.KindNotFound {
		return nil, errNotMatched // departed in between
	}
	if err != nil {
		return nil, err
	}
	tied := pupil.AccountID != nil && *pupil.AccountID == claim.AccountID
	if claim.Kind == model.BindingGuardian {
		if tied, err = family.Tied(tx, claim.AccountID, claim.PupilID); err != nil {
			return nil, err
		}
	}
	if tied {
		return nil, nil
	}
	needed, err := family.EndedBefore(tx, claim.PupilID)
	needed = needed || !family.HasNumber(s.vault, pupil) // a birth date is known to many
	if err == nil && !needed {
		needed, err = s.claimsWait(tx, pupil.ClassID)
	}
	if err != nil || !needed {
		return nil, err
	}
	asked, added, err := s.families.Ask(tx, claim)
	if model.KindOf(err) == model.KindNotFound {
		return nil, errNotMatched
	}
	if err != nil {
		return nil, err
	}
	view := s.viewClaim(asked)
	if !added {
		return &view, nil
	}
	hosts, err := s.nearest(tx, pupil.ClassID, model.Hosts)
	if err != nil {
		return nil, err
	}
	lately, err := s.families.ReleasedLately(tx, pupil.ID)
	if err != nil {
		return nil, err
	}
	if lately { // no teacher can decide it
		class, err := unit.Get(tx, pupil.ClassID)
		if err != nil {
			return nil, err
		}
		managers, err := s.nearest(tx, class.ParentID, []model.Role{model.RoleManager})
		if err != nil {
			return nil, err
		}
		hosts = store.Distinct(append(hosts, managers...))
	}
	return &view, s.outbox.TellClaims(tx, pupil.ClassID, hosts)
}

// nearest returns who holds one of the roles at the unit, without some accounts, or
// where nobody does at the nearest unit above.
func (s *Service) nearest(db *gorm.DB, id model.ID, roles []model.Role, but ...model.ID) ([]model.ID, error) {
	path, err := unit.Path(db, id)
	if err != nil {
		return nil, err
	}
	for _, u := range slices.Backward(path) {
		holders, err := s.holders(db, []model.ID{u.ID}, roles)
		if holders = except(holders, but...); err != nil || len(holders) > 0 {
			return holders, err
		}
	}
	return nil, nil
}

// TakeBackClaim ends a claim of the actor's own that waits, or returns claim_not_found.
func (s *Service) TakeBackClaim(ctx context.Context, actor model.Actor, id model.ID) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		return s.families.Decide(tx, id, actor.AccountID, model.ClaimTakenBack, store.Where("account_id = ?", actor.AccountID))
	})
}
