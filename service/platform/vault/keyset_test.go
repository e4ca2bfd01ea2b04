package vault

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeysetIsOneLineAndNeverTheSame(t *testing.T) {
	t.Parallel()
	a, va := fresh(t)
	b, _ := fresh(t)
	require.NotEqual(t, a, b)
	require.NotContains(t, a, "\n")
	again := open(t, "  "+a+"\n")
	require.Equal(t, va.MAC("p", nil), again.MAC("p", nil))
}

func TestBadKeysetIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	good, _ := fresh(t)
	raw, err := base64.StdEncoding.DecodeString(good)
	require.NoError(t, err)
	inside := func(old, new string) string {
		require.Contains(t, string(raw), old)
		return base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(raw), old, new, 1)))
	}
	for name, text := range map[string]string{
		"empty":             "",
		"blank":             " \n",
		"not base64":        "SECRET!!",
		"cut":               good[:len(good)/2],
		"not JSON":          base64.StdEncoding.EncodeToString([]byte("SECRETTEXT")),
		"other version":     inside(`"version":1`, `"version":2`),
		"no sealing part":   inside(`"aead"`, `"dead"`),
		"no hashing part":   inside(`"prf"`, `"prd"`),
		"wrong kind of key": inside(`tink.AesGcmKey`, `tink.HmacPrfKey`),
		"unknown primary":   inside(`"primaryKeyId":`, `"primaryKeyId":1`),
		"unknown status":    inside(`ENABLED`, `DESTROYED`),
		"short hashing key": inside(`"value":"EgIIAxog`, `"value":"EgIIAxoB`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(text)
			require.ErrorContains(t, err, "XINYU_KEYSET")
			require.NotContains(t, err.Error(), "SECRET")
			for i := 0; i+8 <= len(text); i += 8 {
				require.NotContains(t, err.Error(), text[i:i+8])
			}
		})
	}
}

func TestBadKeysetCannotBeRotated(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "SECRET!!", base64.StdEncoding.EncodeToString([]byte(`{"version":1}`))} {
		for _, rotate := range []func(string) (string, error){AddKey, DropOldKeys} {
			got, err := rotate(text)
			require.ErrorContains(t, err, "XINYU_KEYSET")
			require.NotContains(t, err.Error(), "SECRET")
			require.Empty(t, got)
		}
	}
}

func TestVaultDoesNotPrintItsKeys(t *testing.T) {
	t.Parallel()
	_, v := fresh(t)
	require.Equal(t, "vault vault vault", fmt.Sprintf("%v %+v %#v", v, v, v))
}

func TestProcessesStartingAtOnceShareOneKeysetFile(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := filepath.Join(t.TempDir(), "data")
		path := filepath.Join(dir, "keyset")
		const starters = 16
		sums := make([]string, starters)
		gate := make(chan struct{})
		var wg sync.WaitGroup
		for i := range starters {
			wg.Go(func() {
				<-gate
				v, err := OpenOrCreateFile(path)
				if err != nil {
					t.Error(err)
					return
				}
				sums[i] = string(v.MAC("p", nil))
			})
		}
		close(gate)
		wg.Wait()
		for _, sum := range sums {
			require.Equal(t, sums[0], sum)
		}
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, left, 1, "no temporary file stays behind")
	}
}

func TestDamagedKeysetFileIsNamedAndLeftAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset")
	require.NoError(t, os.WriteFile(path, []byte("SECRETTEXT"), 0o600))
	_, err := OpenOrCreateFile(path)
	require.ErrorContains(t, err, path)
	require.NotContains(t, err.Error(), "SECRET")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "SECRETTEXT", string(kept), "a keyset is never overwritten")

	_, err = OpenOrCreateFile(filepath.Join(path, "below-a-file"))
	require.Error(t, err)
}
