package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/wechat"
)

// deps is what the services of a test stand on: a new dependency of theirs is added here.
func deps(t *testing.T, st *store.Store, c *cache.Cache, wx *wechat.Client) service.Deps {
	t.Helper()
	keyset, err := vault.Generate()
	require.NoError(t, err)
	keys, err := vault.Open(keyset)
	require.NoError(t, err)
	files, err := media.OpenDir(t.TempDir())
	require.NoError(t, err)
	return service.Deps{Store: st, Cache: c, WeChat: wx, Vault: keys, Media: files}
}
