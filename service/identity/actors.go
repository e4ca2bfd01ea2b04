package identity

import (
	"cmp"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
)

// present returns the actor with the roles that they hold by SQL: what a login
// remembers may be a minute old.
func (s *Service) present(tx *gorm.DB, actor model.Actor) (model.Actor, error) {
	actors, err := s.actors(tx, []model.ID{actor.AccountID})
	actor.Roles = actors[actor.AccountID].Roles
	return actor, err
}

// actors returns the accounts with the roles that they hold now: those granted,
// guardian at the class of each child, and pupil for a pupil's own account.
// Children and pupils who have left every roster give no role.
func (s *Service) actors(db *gorm.DB, accounts []model.ID) (map[model.ID]model.Actor, error) {
	actors := make(map[model.ID]model.Actor, len(accounts))
	for _, id := range accounts {
		actors[id] = model.Actor{AccountID: id}
	}
	add := func(account model.ID, role model.RoleAt) {
		actor := actors[account]
		same := func(r model.RoleAt) bool { return r.Role == role.Role && r.UnitID == role.UnitID }
		if !slices.ContainsFunc(actor.Roles, same) { // two children of one class
			actor.Roles = append(actor.Roles, role)
			actors[account] = actor
		}
	}

	var grants []model.Grant
	err := db.Where("account_id IN ?", accounts).Where(inForce(s.store.Now())).Find(&grants).Error
	if err != nil {
		return nil, fmt.Errorf("load grants: %w", err)
	}
	for _, g := range grants {
		add(g.AccountID, model.RoleAt{Role: g.Role, UnitID: g.UnitID, EndsAt: g.EndsAt})
	}
	pupils, err := family.PupilsOf(db, accounts)
	if err != nil {
		return nil, fmt.Errorf("load the accounts' pupils: %w", err)
	}
	for _, p := range pupils {
		if !p.Own {
			add(p.AccountID, model.RoleAt{Role: model.RoleGuardian, UnitID: p.ClassID})
			continue
		}
		add(p.AccountID, model.RoleAt{Role: model.RolePupil, UnitID: p.ClassID})
		actor := actors[p.AccountID]
		actor.PupilID = p.PupilID
		actors[p.AccountID] = actor
	}

	for _, actor := range actors {
		slices.SortFunc(actor.Roles, func(a, b model.RoleAt) int {
			return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.UnitID, b.UnitID))
		})
	}
	return actors, nil
}
