package identity

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/identity/authcache"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Appoint makes, for the operator, whose invite code it is a manager of the
// county, without an end: the first one, or one in the place of a lost one. It
// returns the account. Errors: unit_not_found, unit_archived, invite_code_invalid, name_needed,
// account_is_pupil, account_disabled.
func Appoint(ctx context.Context, st *store.Store, c *cache.Cache, log *audit.Log, county, inviteCode, name string) (model.ID, error) {
	s := &Service{store: st}
	in := GrantIn{InviteCode: inviteCode, Role: model.RoleManager, Name: name}
	if err := s.checkGrant(&in); err != nil {
		return 0, err
	}
	var account model.ID
	err := st.Tx(ctx, func(tx *gorm.DB) error {
		root, err := unit.RootByName(tx, county)
		if err != nil {
			return err
		}
		if root.ArchivedAt != nil {
			return errUnitArchived
		}
		if account, err = s.redeemInvite(tx, in.InviteCode); err != nil {
			return err
		}
		if err := s.mustBeGrantable(tx, model.Actor{}, account); err != nil {
			return err
		}
		if err := tx.Model(&model.Account{}).Where("id = ?", account).Update("name", in.Name).Error; err != nil {
			return err
		}
		if _, err := s.writeGrant(tx, model.Actor{}, account, root.ID, in); err != nil {
			return err
		}
		return log.Write(tx, model.Actor{}, managedEntry(model.AuditGrant, account, root.ID))
	})
	if err == nil {
		authcache.New(st, c).Forget(ctx, account)
	}
	return account, err
}
