package identity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// maxInspection is the longest that an inspector can be one.
const maxInspection = 60 * 24 * time.Hour

var (
	errRole           = model.Invalid("role", "role_not_grantable", "这个身份不能授予")
	errNameNeeded     = model.Invalid("name", "name_needed", "请填写对方的姓名或称呼")
	errEndPast        = model.Invalid("endsAt", "ends_at_past", "截止时间必须在将来")
	errEndNeeded      = model.Invalid("endsAt", "ends_at_needed", "督查人员必须有截止时间，最长60天")
	errGrantToSelf    = model.Conflict("grant_to_self", "不能给自己授予身份，请由上级管理员操作")
	errLastManager    = model.Conflict("last_manager_role", "这样就没有管理员了：请先给另一个人不限期的管理员身份")
	errFromAbove      = model.Forbidden("grant_from_above", "管理员和值班人员由上级单位的管理员授予、撤销和停用")
	errUnitArchived   = model.Conflict("unit_archived", "这个单位已经停用")
	errInviteDisabled = model.Conflict("account_disabled", "对方的账号已停用")
)

// GrantView is a role that an account holds at a unit.
type GrantView struct {
	ID        model.ID   `json:"id"`
	AccountID model.ID   `json:"accountId"`
	Name      string     `json:"name"`
	Role      model.Role `json:"role"`
	UnitID    model.ID   `json:"unitId"`
	StartsAt  time.Time  `json:"startsAt"`
	EndsAt    *time.Time `json:"endsAt,omitempty"`
	// GrantedByName is there in the list.
	GrantedByName string `json:"grantedByName,omitempty" doc:"Who gave it, at startsAt; absent for the operator, and in the answer to giving it"`
	// Locked is there in the list where the account is locked.
	Locked *LockView `json:"locked,omitempty" gorm:"-" doc:"The account is shut out; absent where it is not, and in the answer to giving the role"`
}

// GrantIn says which role to give to whom.
type GrantIn struct {
	InviteCode string
	Role       model.Role
	Name       string // how the person is shown to others
	EndsAt     *time.Time
}

// inForce keeps the grants that give their role at the moment.
func inForce(at time.Time) store.Cond {
	return store.All(notOver(at), store.Where("starts_at <= ?", at))
}

// notOver keeps the grants that give their role at the moment or will later.
func notOver(at time.Time) store.Cond {
	return store.Where("revoked_at IS NULL AND (ends_at IS NULL OR ends_at > ?)", at)
}

// holders returns the accounts that hold one of the roles at one of the units
// itself now and are not locked, each once.
func (s *Service) holders(db *gorm.DB, units []model.ID, roles []model.Role) ([]model.ID, error) {
	byUnit, err := Directory{}.Holders(db, units, s.store.Now(), roles...)
	var accounts []model.ID
	for _, held := range byUnit {
		accounts = append(accounts, held...)
	}
	return store.Distinct(accounts), err
}

// managed returns the units that the actor manages with all below them.
func (s *Service) managed(actor model.Actor) []model.ID {
	return actor.UnitsAs(s.store.Now(), model.RoleManager)
}

// managesUntil returns when the actor's own right to manage the unit ends: the latest end
// of their manager's roles at or above it, nil where one has none. It reads SQL,
// not the actor, who may be a minute old, and returns unit_not_found where
// there is no such role any more.
func (s *Service) managesUntil(tx *gorm.DB, actor model.Actor, unit model.ID) (*time.Time, error) {
	var own []model.Grant
	err := tx.Where(store.Above("unit_id", []model.ID{unit})).
		Where("account_id = ? AND role = ?", actor.AccountID, model.RoleManager).Where(inForce(s.store.Now())).Find(&own).Error
	if err != nil {
		return nil, err
	}
	if len(own) == 0 {
		return nil, model.NotFound("unit")
	}
	latest := own[0].EndsAt
	for _, g := range own {
		if g.EndsAt == nil {
			return nil, nil
		}
		if g.EndsAt.After(*latest) {
			latest = g.EndsAt
		}
	}
	return latest, nil
}

// mustManage returns unit_not_found unless the actor manages the unit or one above it.
func (s *Service) mustManage(db *gorm.DB, actor model.Actor, id model.ID) error {
	_, err := unit.Get(db, id, unit.Below(s.managed(actor)...))
	return err
}

// deciders returns the unit whose managers give and take the role at a unit:
// it or, for the roles that come from above, the one above it; for those of a
// class the one above its school, as a school's manager answers for all its classes.
func deciders(db *gorm.DB, role model.Role, id model.ID) (model.ID, error) {
	if !slices.Contains(model.FromAbove, role) {
		return id, nil
	}
	u, err := unit.Get(db, id)
	if err == nil && u.Kind == model.UnitClass && u.ParentID != 0 {
		u, err = unit.Get(db, u.ParentID)
	}
	return cmp.Or(u.ParentID, u.ID), err
}

// mustDecide returns grant_from_above unless the actor manages the unit whose
// managers give and take the role.
func (s *Service) mustDecide(db *gorm.DB, actor model.Actor, role model.Role, id model.ID) error {
	decides, err := deciders(db, role, id)
	if err != nil {
		return err
	}
	err = s.mustManage(db, actor, decides)
	if model.KindOf(err) == model.KindNotFound {
		return errFromAbove
	}
	return err
}

// Grant gives whose invite code it is a role at the unit, or changes until when
// they have it; that is no longer than the actor manages the unit whose managers
// decide on the role (the unit itself or, for some roles, one above it), whatever was
// asked. Errors: unit_not_found, invite_code_invalid (and
// invite_tries_spent after ten wrong ones), role_not_grantable, name_needed,
// unit_archived, ends_at_past, ends_at_needed (an inspector's, within 60 days),
// grant_to_self, grant_from_above, account_is_pupil, account_disabled.
func (s *Service) Grant(ctx context.Context, actor model.Actor, unit model.ID, in GrantIn) (GrantView, error) {
	if err := s.checkGrant(&in); err != nil {
		return GrantView{}, err
	}
	if err := s.mustManage(s.store.Read(ctx), actor, unit); err != nil {
		return GrantView{}, err
	}
	if err := s.mustDecide(s.store.Read(ctx), actor, in.Role, unit); err != nil {
		return GrantView{}, err
	}
	permit, wait, ok := s.limiter.Take(ctx, "invite:"+actor.AccountID.String(), invitesPerManager)
	if !ok {
		return GrantView{}, model.TooMany("invite_tries_spent", wait)
	}
	var grant model.Grant
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.mustBeInUse(tx, unit); err != nil {
			return err
		}
		account, err := s.redeemInvite(tx, in.InviteCode)
		if err != nil {
			return err
		}
		if err := s.mustBeGrantable(tx, actor, account); err != nil {
			return err
		}
		if err := tx.Model(&model.Account{}).Where("id = ?", account).Update("name", in.Name).Error; err != nil {
			return err
		}
		within := in // fn may run again
		decides, err := deciders(tx, in.Role, unit)
		if err != nil {
			return err
		}
		until, err := s.managesUntil(tx, actor, decides)
		if err != nil {
			return err
		}
		if until != nil && (in.EndsAt == nil || in.EndsAt.After(*until)) {
			within.EndsAt = until
		}
		return s.keepingManagers(tx, account, func() error {
			if grant, err = s.writeGrant(tx, actor, account, unit, within); err != nil {
				return err
			}
			if err := s.log.Write(tx, actor, managedEntry(model.AuditGrant, account, unit)); err != nil {
				return err
			}
			if err := s.tellOfDuty(tx, actor, grant); err != nil {
				return err
			}
			return s.postsChanged(tx, account)
		})
	})
	if model.KindOf(err) != model.KindInvalid {
		permit.GiveBack(ctx)
	}
	if err != nil {
		return GrantView{}, err
	}
	s.authCache.Forget(ctx, grant.AccountID)
	return viewGrant(grant, in.Name), nil
}

// tellOfDuty tells of a new duty officer where the manager who appoints one is none
// at or above the unit: to an own second account the unit's alerts would be shown.
// The duty officers of the county hear of it, or its managers where it has none,
// and the managers of the unit itself.
func (s *Service) tellOfDuty(tx *gorm.DB, actor model.Actor, grant model.Grant) error {
	if grant.Role != model.RoleDuty {
		return nil
	}
	own, err := Directory{}.Holds(tx, actor.AccountID, s.store.Now(), []model.Role{model.RoleDuty}, func(column string) store.Cond {
		return store.Above(column, []model.ID{grant.UnitID})
	})
	if err != nil || own {
		return err
	}
	county, err := unit.RootOf(tx, grant.UnitID)
	if err != nil {
		return err
	}
	var told []model.ID
	for _, at := range []struct {
		unit model.ID
		role model.Role
	}{{county.ID, model.RoleDuty}, {county.ID, model.RoleManager}, {grant.UnitID, model.RoleManager}} {
		if at.unit == county.ID && len(told) > 0 {
			continue
		}
		holders, err := s.holders(tx, []model.ID{at.unit}, []model.Role{at.role})
		if err != nil {
			return err
		}
		told = append(told, except(holders, actor.AccountID, grant.AccountID)...)
	}
	return s.outbox.TellAppointed(tx, grant.ID, county.ID, told)
}

// except returns the accounts without some, each once.
func except(accounts []model.ID, but ...model.ID) []model.ID {
	return store.Distinct(slices.DeleteFunc(accounts, func(id model.ID) bool { return slices.Contains(but, id) }))
}

// mustBeInUse returns unit_archived for a unit that is out of use. Its locked row keeps
// off whoever takes it out of use meanwhile.
func (s *Service) mustBeInUse(tx *gorm.DB, id model.ID) error {
	u, err := unit.Get(s.store.ForUpdate(tx), id)
	if err == nil && u.ArchivedAt != nil {
		return errUnitArchived
	}
	return err
}

// checkGrant checks what needs no database.
func (s *Service) checkGrant(in *GrantIn) error {
	in.Name = model.NormalName(in.Name)
	now := s.store.Now()
	switch {
	case !in.Role.Grantable():
		return errRole
	case in.Name == "":
		return errNameNeeded
	case in.EndsAt != nil && !in.EndsAt.After(now):
		return errEndPast
	case in.Role == model.RoleInspector && (in.EndsAt == nil || in.EndsAt.After(now.Add(maxInspection))):
		return errEndNeeded
	}
	if in.EndsAt != nil {
		end := model.Instant(*in.EndsAt)
		in.EndsAt = &end
	}
	return nil
}

// mustBeGrantable refuses roles for oneself, pupils and disabled accounts.
func (s *Service) mustBeGrantable(tx *gorm.DB, actor model.Actor, account model.ID) error {
	if account == actor.AccountID {
		return errGrantToSelf
	}
	if err := s.lockAccount(tx, account); err != nil {
		return err
	}
	if err := mustHaveNone(tx.Model(&model.Account{}).Where("id = ? AND disabled_at IS NOT NULL", account), errInviteDisabled); err != nil {
		return err
	}
	return mustNotBePupils(tx, account, errAccountIsPupil)
}

// writeGrant writes the grant, over a former one of the same role and unit.
func (s *Service) writeGrant(tx *gorm.DB, actor model.Actor, account, unit model.ID, in GrantIn) (model.Grant, error) {
	now := s.store.Now()
	row := model.Grant{ID: s.store.NewID(), AccountID: account, Role: in.Role, UnitID: unit, StartsAt: now, EndsAt: in.EndsAt, GrantedBy: actor.AccountID, CreatedAt: now}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}, {Name: "role"}, {Name: "unit_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"starts_at", "ends_at", "granted_by", "revoked_at", "revoked_by"}),
	}).Create(&row).Error
	if err != nil {
		return row, err
	}
	var written model.Grant
	err = tx.Where("account_id = ? AND role = ? AND unit_id = ?", account, in.Role, unit).Take(&written).Error
	return written, err
}

func viewGrant(g model.Grant, name string) GrantView {
	return GrantView{ID: g.ID, AccountID: g.AccountID, Name: name, Role: g.Role, UnitID: g.UnitID, StartsAt: g.StartsAt, EndsAt: g.EndsAt}
}

// Grants lists the roles that are held at the unit itself, or returns unit_not_found.
func (s *Service) Grants(ctx context.Context, actor model.Actor, unit model.ID) ([]GrantView, error) {
	db := s.store.Read(ctx)
	if err := s.mustManage(db, actor, unit); err != nil {
		return nil, err
	}
	views := []GrantView{}
	err := db.Table("grants AS g").Joins("JOIN accounts AS a ON a.id = g.account_id").Joins("LEFT JOIN accounts AS b ON b.id = g.granted_by").
		Where("g.unit_id = ?", unit).Where(notOver(s.store.Now())).
		Select("g.id, g.account_id, a.name, g.role, g.unit_id, g.starts_at, g.ends_at, COALESCE(b.name, '') AS granted_by_name").Order("g.id").Scan(&views).Error
	if err != nil {
		return nil, err
	}
	locked, err := s.locks(db, actor, store.Each(views, func(v GrantView) model.ID { return v.AccountID }))
	for i, v := range views {
		views[i].Locked = locked[v.AccountID]
	}
	return views, err
}

// Revoke takes a role back. Errors: grant_not_found, grant_from_above (but for
// the actor's own), last_manager_role.
func (s *Service) Revoke(ctx context.Context, actor model.Actor, id model.ID) error {
	var grant model.Grant
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		grant = model.Grant{}
		present, err := s.present(tx, actor)
		if err != nil {
			return err
		}
		if err := tx.Where(store.Below("unit_id", s.managed(present))).Take(&grant, "id = ? AND revoked_at IS NULL", id).Error; err != nil {
			return store.Found(err, "grant")
		}
		if grant.AccountID == actor.AccountID && grant.Role == model.RoleManager {
			if err := s.mustKeepAManagerRole(tx, actor, id, now); err != nil {
				return err
			}
		}
		if grant.AccountID != actor.AccountID {
			if err := s.mustDecide(tx, present, grant.Role, grant.UnitID); err != nil {
				return err
			}
		}
		return s.keepingManagers(tx, grant.AccountID, func() error {
			res := tx.Model(&model.Grant{}).Where("id = ? AND revoked_at IS NULL", id).Updates(map[string]any{"revoked_at": now, "revoked_by": actor.AccountID})
			if res.Error != nil {
				return res.Error
			}
			if res.RowsAffected == 0 {
				return model.NotFound("grant")
			}
			if err := s.log.Write(tx, actor, managedEntry(model.AuditGrant, grant.AccountID, grant.UnitID)); err != nil {
				return err
			}
			return s.postsChanged(tx, grant.AccountID)
		})
	})
	if err == nil {
		s.authCache.Forget(ctx, grant.AccountID)
	}
	return err
}
