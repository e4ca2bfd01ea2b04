package identity

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Me is what an account needs to know of itself.
type Me struct {
	Account  AccountView   `json:"account"`
	Children []ChildView   `json:"children" doc:"Those on a roster now"`
	Consents []ConsentView `json:"consents" doc:"One for each purpose"`
	Pupil    *PupilView    `json:"pupil,omitempty" doc:"Where the account is a pupil's own"`
	Claims   []ClaimView   `json:"claims" doc:"Those of mine that wait for a teacher, and those that were refused or have expired within 14 days"`
	// PhoneTail is there for who left a number.
	PhoneTail string `json:"phoneTail,omitempty" doc:"The last four digits of the number that I left to be called at"`
}

// PupilView is a pupil as its family sees it.
type PupilView struct {
	ID         model.ID `json:"id"`
	Name       string   `json:"name"`
	ClassID    model.ID `json:"classId"`
	ClassName  string   `json:"className"`
	SchoolName string   `json:"schoolName"`
	// NeedsConsent are the purposes for which this account can't use the pupil's data yet.
	NeedsConsent []model.Purpose `json:"needsConsent" doc:"Purposes that someone must consent to before this account can use the pupil's data"`
}

// ChildView is a child of a guardian.
type ChildView struct {
	PupilView
	Relation model.Relation `json:"relation"`
	// What else is bound to the child, so that a stranger's binding is seen.
	OtherGuardians []BoundView `json:"otherGuardians" doc:"The guardians beside me"`
	OwnAccount     bool        `json:"ownAccount" doc:"Whether the child has an account of their own"`
}

// BoundView is another guardian of a child, without a name or an account.
type BoundView struct {
	Relation model.Relation `json:"relation"`
	BoundAt  time.Time      `json:"boundAt"`
}

// Me returns the account with its children and consents.
func (s *Service) Me(ctx context.Context, actor model.Actor) (Me, error) {
	me := Me{Account: viewAccount(actor)}
	db := s.store.Read(ctx)
	var err error
	if me.Consents, err = consents(db, actor.AccountID); err != nil {
		return Me{}, err
	}
	if me.Children, err = s.pupils(db, actor.AccountID, store.Where("g.account_id = ?", actor.AccountID)); err != nil {
		return Me{}, err
	}
	own, err := s.pupils(db, actor.AccountID, store.Where("p.account_id = ?", actor.AccountID))
	if err != nil {
		return Me{}, err
	}
	if len(own) > 0 {
		me.Pupil = &own[0].PupilView
	}
	claims, err := s.families.ClaimsOf(db, actor.AccountID)
	if err != nil {
		return Me{}, err
	}
	me.Claims = make([]ClaimView, len(claims))
	for i, c := range claims {
		me.Claims[i] = s.viewClaim(c)
	}
	numbers, err := s.phones.Of(ctx, actor.AccountID)
	if err != nil {
		return Me{}, err
	}
	me.PhoneTail = family.PhoneTail(numbers[actor.AccountID])
	return me, nil
}

// pupils returns the pupils p on a roster who meet the condition, as the account
// sees them; g is the account's own guardianship of them, where there is one.
func (s *Service) pupils(db *gorm.DB, account model.ID, cond store.Cond) ([]ChildView, error) {
	var rows []struct {
		ID, ClassID                 model.ID
		Name, ClassName, SchoolName string
		Relation                    model.Relation
		OwnAccount                  bool
	}
	err := family.Enrolled(db).Scopes(family.LeftJoinGuardianship("p.id", "?", account)).
		Joins(unit.Join("c", "p.class_id")).Joins(unit.Join("s", "c.parent_id")).Where(cond).Order("p.id").
		Select("p.id, p.name, p.class_id, c.name AS class_name, s.name AS school_name, COALESCE(g.relation, '') AS relation, p.account_id IS NOT NULL AS own_account").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	views := make([]ChildView, len(rows))
	subjects := make([]family.Subject, len(rows))
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		views[i] = ChildView{PupilView: PupilView{ID: r.ID, Name: r.Name, ClassID: r.ClassID, ClassName: r.ClassName, SchoolName: r.SchoolName, NeedsConsent: []model.Purpose{}}, Relation: r.Relation, OtherGuardians: []BoundView{}, OwnAccount: r.OwnAccount}
		ids[i] = r.ID
		subjects[i] = family.Subject{AccountID: account, PupilID: r.ID}
	}
	guardians, err := family.GuardiansOf(db, ids)
	if err != nil {
		return nil, err
	}
	for i := range views {
		for _, g := range guardians[ids[i]] {
			if g.AccountID != account {
				views[i].OtherGuardians = append(views[i].OtherGuardians, BoundView{Relation: g.Relation, BoundAt: g.CreatedAt.UTC()})
			}
		}
	}
	for _, purpose := range model.Purposes {
		refusals, err := family.Refusals(db, purpose, model.DateOf(s.store.Now()), subjects)
		if err != nil {
			return nil, err
		}
		for i := range views {
			if refusals[subjects[i]] != nil {
				views[i].NeedsConsent = append(views[i].NeedsConsent, purpose)
			}
		}
	}
	return views, nil
}
