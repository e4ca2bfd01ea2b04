package identity

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/unit"
)

// ClaimRule says whether a right claim to a pupil waits for a teacher.
type ClaimRule string

// The rules.
const (
	// ClaimsAuto leaves it to the units above. Where none says more, the claims
	// of a class wait if its student numbers can be guessed from others of the school.
	ClaimsAuto    ClaimRule = "auto"
	ClaimsConfirm ClaimRule = "confirm"
	ClaimsAtOnce  ClaimRule = "atOnce"
)

// Values are all rules.
func (ClaimRule) Values() []ClaimRule { return []ClaimRule{ClaimsAuto, ClaimsConfirm, ClaimsAtOnce} }

// ClaimRuleView is the rule of a unit with what it comes to.
type ClaimRuleView struct {
	Rule  ClaimRule `json:"rule" doc:"The unit's own, which makes that of no unit above laxer; auto leaves it to the units above and, where none says more, to whether the class's student numbers can be guessed"`
	Above ClaimRule `json:"above" doc:"What holds where the unit's own is auto; confirm holds whatever that is"`
	// Waits is there for classes.
	Waits *bool `json:"waits,omitempty" doc:"For a class: whether its families' claims wait for a teacher"`
}

func ruleOf(confirm *bool) ClaimRule {
	switch {
	case confirm == nil:
		return ClaimsAuto
	case *confirm:
		return ClaimsConfirm
	}
	return ClaimsAtOnce
}

// strictestRule is what the rules of the units come to: what one of them has confirmed
// no other makes laxer, be it below or above.
func strictestRule(path []model.Unit) ClaimRule {
	rule := ClaimsAuto
	for _, u := range path {
		switch ruleOf(u.ConfirmClaims) {
		case ClaimsConfirm:
			return ClaimsConfirm
		case ClaimsAtOnce:
			rule = ClaimsAtOnce
		}
	}
	return rule
}

// claimsWait reports whether the claims to pupils of the class wait for a
// teacher: every claim, also that of a second guardian or to a pupil's own
// account, as whoever guesses a number would make these.
func (s *Service) claimsWait(db *gorm.DB, class model.ID) (bool, error) {
	path, err := unit.Path(db, class)
	if err != nil {
		return false, err
	}
	if rule := strictestRule(path); rule != ClaimsAuto {
		return rule == ClaimsConfirm, nil
	}
	if len(path) == 0 {
		return false, model.NotFound("unit")
	}
	inSchool, err := unit.ListIDs(db, unit.ChildOf(path[len(path)-1].ParentID), unit.OfKind(model.UnitClass))
	if err != nil {
		return false, err
	}
	pupils, err := family.Numbers(db, inSchool)
	if err != nil {
		return false, err
	}
	var ofClass, ofSchool []string
	for _, p := range pupils {
		number, err := s.vault.Unseal(model.StudentNoField, p.ID, p.StudentNo)
		if err != nil {
			return false, err
		}
		if number == "" { // has none yet, and is bound by a teacher's word alone
			continue
		}
		if ofSchool = append(ofSchool, number); p.ClassID == class {
			ofClass = append(ofClass, number)
		}
	}
	return family.CanBeGuessed(ofClass, ofSchool), nil
}

// ClaimRule returns the rule of a unit that the actor teaches or manages, or unit_not_found.
func (s *Service) ClaimRule(ctx context.Context, actor model.Actor, id model.ID) (ClaimRuleView, error) {
	db := s.store.Read(ctx)
	u, err := unit.Get(db, id, unit.Below(actor.UnitsAs(s.store.Now(), model.Hosts...)...))
	if err != nil {
		return ClaimRuleView{}, err
	}
	return s.viewRule(db, u)
}

func (s *Service) viewRule(db *gorm.DB, u model.Unit) (ClaimRuleView, error) {
	path, err := unit.Path(db, u.ID)
	if err != nil {
		return ClaimRuleView{}, err
	}
	view := ClaimRuleView{Rule: ruleOf(u.ConfirmClaims), Above: strictestRule(path[:len(path)-1])}
	if u.Kind == model.UnitClass {
		waits, err := s.claimsWait(db, u.ID)
		if err != nil {
			return ClaimRuleView{}, err
		}
		view.Waits = &waits
	}
	return view, nil
}

// SetClaimRule sets the rule of a unit that the actor manages, or returns
// unit_not_found, or unit_archived for one out of use. Claims that wait already go
// on waiting.
func (s *Service) SetClaimRule(ctx context.Context, actor model.Actor, id model.ID, rule ClaimRule) (ClaimRuleView, error) {
	var confirm *bool
	if rule != ClaimsAuto {
		says := rule == ClaimsConfirm
		confirm = &says
	}
	var view ClaimRuleView
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.managesUntil(tx, actor, id); err != nil {
			return err
		}
		if err := s.mustBeInUse(tx, id); err != nil {
			return err
		}
		if err := unit.SetConfirmClaims(tx, id, confirm); err != nil {
			return err
		}
		if err := s.log.Write(tx, actor, managedEntry(model.AuditWrite, 0, id)); err != nil {
			return err
		}
		u, err := unit.Get(tx, id)
		if err != nil {
			return err
		}
		view, err = s.viewRule(tx, u)
		return err
	})
	return view, err
}
