package org

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/identity/authcache"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/scene"
)

func TestAnImportChangesNothingOnceItsManagerHasLostTheRole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, f, keys, c, accounts := t.Context(), storetest.NewFixture(t, st), storetest.Vault(t), storetest.InProcessRedis(t), identity.Directory{}
		svc := New(st, c, authcache.New(st, c), accounts, audit.New(st, keys, accounts, nil), coverage.New(st, c, 0), keys, scene.New(scene.Config{Store: st}), limit.New(c))
		t.Cleanup(svc.Close)
		tree := f.Tree()
		manager, county := f.Staff(model.RoleManager, tree.School), f.Staff(model.RoleManager, tree.County)
		d, err := svc.PreviewImport(ctx, manager, NewImport{UnitID: tree.School.ID, Data: []byte("班级,姓名,学籍号\n7班,王芳,A0001\n")})
		require.NoError(t, err)
		row, claimed, err := svc.claim(ctx, manager, d.ID, nil)
		require.NoError(t, err)
		require.True(t, claimed)
		f.Set(&model.Grant{}, "revoked_at", st.Now(), "account_id = ?", manager.AccountID)
		svc.run(ctx, manager, row, nil) // it waited for another import meanwhile
		d, err = svc.Import(ctx, county, d.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportFailed, d.Status)
		require.Equal(t, "import_not_found", d.Failure.Code)
		require.Zero(t, f.Count(&model.Pupil{}))
	})
}
