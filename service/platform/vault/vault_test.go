package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// counting is the bytes 0, 1, 2 … 31: a key for vectors that is no secret.
func counting() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	return key
}

// vectorKeyset holds counting() twice: as AES-GCM key 0x01020304 and as HMAC-SHA256 key.
func vectorKeyset() string {
	b64 := base64.StdEncoding.EncodeToString
	key := func(kind, value, prefix string) string {
		return fmt.Sprintf(`{"primaryKeyId":16909060,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.%s","value":%q,`+
			`"keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":16909060,"outputPrefixType":%q}]}`, kind, value, prefix)
	}
	gcm := key("AesGcmKey", b64(append([]byte{0x1a, 32}, counting()...)), "TINK")
	mac := key("HmacPrfKey", b64(append([]byte{0x12, 2, 8, 3, 0x1a, 32}, counting()...)), "RAW")
	return b64(fmt.Appendf(nil, `{"version":1,"aead":%s,"prf":%s}`, gcm, mac))
}

func open(t testing.TB, keyset string) *Vault {
	t.Helper()
	v, err := Open(keyset)
	require.NoError(t, err)
	return v
}

func fresh(t testing.TB) (string, *Vault) {
	t.Helper()
	keyset, err := Generate()
	require.NoError(t, err)
	return keyset, open(t, keyset)
}

func TestSealedValueOpensAgain(t *testing.T) {
	t.Parallel()
	_, v := fresh(t)
	for _, plaintext := range []string{"", "a", "孩子最近睡不好", "\x00\xff", strings.Repeat("长", 100_000)} {
		sealed, err := v.Seal("booking.concern", 7, plaintext)
		require.NoError(t, err)
		require.Len(t, sealed, len(plaintext)+33)
		if len(plaintext) > 1 {
			require.NotContains(t, string(sealed), plaintext)
		}
		got, err := v.Unseal("booking.concern", 7, sealed)
		require.NoError(t, err)
		require.Equal(t, plaintext, got)

		again, err := v.Seal("booking.concern", 7, plaintext)
		require.NoError(t, err)
		require.NotEqual(t, sealed, again, "equal values must not show as equal")
	}
}

func TestSealedValueOpensOnlyInItsPlaceAndUnaltered(t *testing.T) {
	t.Parallel()
	_, v := fresh(t)
	_, stranger := fresh(t)
	sealed, err := v.Seal("pupil.phone", 7, "13800000000")
	require.NoError(t, err)

	refused := func(v *Vault, field string, id model.ID, sealed []byte) {
		t.Helper()
		got, err := v.Unseal(field, id, sealed)
		require.ErrorIs(t, err, ErrUnseal)
		require.Empty(t, got)
	}
	refused(v, "pupil.phone", 8, sealed)
	refused(v, "pupil.phon", 7, sealed)
	refused(v, "", 7, sealed)
	refused(stranger, "pupil.phone", 7, sealed)
	refused(v, "pupil.phone", 7, nil)
	for i := range sealed {
		for bit := range 8 {
			altered := bytes.Clone(sealed)
			altered[i] ^= 1 << bit
			refused(v, "pupil.phone", 7, altered)
		}
		refused(v, "pupil.phone", 7, sealed[:i])
	}
	refused(v, "pupil.phone", 7, append(bytes.Clone(sealed), 0))
}

// sealedVector is "心育" for field a.b.c of row 0x102 under vectorKeyset, built
// without the vault.
func sealedVector(t testing.TB) []byte {
	t.Helper()
	block, err := aes.NewCipher(counting())
	require.NoError(t, err)
	gcm, err := cipher.NewGCM(block)
	require.NoError(t, err)
	nonce := []byte("twelve bytes")
	ad := append([]byte{5}, "a.b.c\x00\x00\x00\x00\x00\x00\x01\x02"...)
	return gcm.Seal(append([]byte{1, 1, 2, 3, 4}, nonce...), nonce, []byte("心育"), ad)
}

// The stored form must never change, or old rows no longer open: this test
// builds it with the standard library alone.
func TestStoredFormIsFixed(t *testing.T) {
	t.Parallel()
	v := open(t, vectorKeyset())
	sealed := sealedVector(t)
	got, err := v.Unseal("a.b.c", 0x102, sealed)
	require.NoError(t, err)
	require.Equal(t, "心育", got)

	sum := func(message string) []byte {
		h := hmac.New(sha256.New, counting())
		h.Write([]byte(message))
		return h.Sum(nil)
	}
	require.Equal(t, sum("L\x05a.b.c20260101"), v.LookupHash("a.b.c", "20260101"))
	require.Equal(t, sum("M\x05a.b.c20260101"), v.MAC("a.b.c", []byte("20260101")))
	require.Equal(t, "ee5fc5391bddfdc07d0b68450e46ffcb180ba662277257754d63e9bdc5ff180f",
		hex.EncodeToString(v.LookupHash("pupil.studentNo", "20260101")))
}

func TestHashesAreSeparatedByUseNameAndKey(t *testing.T) {
	t.Parallel()
	_, v := fresh(t)
	_, stranger := fresh(t)
	require.Equal(t, v.LookupHash("f", "1"), v.LookupHash("f", "1"))
	seen := map[string]string{}
	for name, sum := range map[string][]byte{
		"f 1":         v.LookupHash("f", "1"),
		"f 2":         v.LookupHash("f", "2"),
		"g 1":         v.LookupHash("g", "1"),
		"f1 empty":    v.LookupHash("f1", ""),
		"empty f1":    v.LookupHash("", "f1"),
		"mac f 1":     v.MAC("f", []byte("1")),
		"mac f1":      v.MAC("f1", nil),
		"another key": stranger.LookupHash("f", "1"),
	} {
		require.Len(t, sum, 32)
		require.NotContains(t, seen, string(sum), "%s equals %s", name, seen[string(sum)])
		seen[string(sum)] = name
	}
}

func TestRotationKeepsOldValuesAndHashes(t *testing.T) {
	t.Parallel()
	oldText, old := fresh(t)
	sealed, err := old.Seal("f", 1, "旧")
	require.NoError(t, err)

	newText, err := AddKey(oldText)
	require.NoError(t, err)
	v := open(t, newText)
	got, err := v.Unseal("f", 1, sealed)
	require.NoError(t, err)
	require.Equal(t, "旧", got)
	require.Equal(t, old.LookupHash("f", "x"), v.LookupHash("f", "x"))
	require.Equal(t, old.MAC("f", []byte("x")), v.MAC("f", []byte("x")))

	moved, err := v.Seal("f", 1, got)
	require.NoError(t, err)
	_, err = old.Unseal("f", 1, moved)
	require.ErrorIs(t, err, ErrUnseal, "it is under the fresh key")

	lastText, err := DropOldKeys(newText)
	require.NoError(t, err)
	last := open(t, lastText)
	got, err = last.Unseal("f", 1, moved)
	require.NoError(t, err)
	require.Equal(t, "旧", got)
	_, err = last.Unseal("f", 1, sealed)
	require.ErrorIs(t, err, ErrUnseal)
	require.Equal(t, old.LookupHash("f", "x"), last.LookupHash("f", "x"))
}

func TestVaultServesManyAtOnce(t *testing.T) {
	t.Parallel()
	_, v := fresh(t)
	want := v.LookupHash("f", "x")
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for n := range 50 {
				id, text := model.ID(i+1), fmt.Sprint(i, n)
				sealed, err := v.Seal("f", id, text)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := v.Unseal("f", id, sealed); err != nil || got != text {
					t.Errorf("got %q, %v", got, err)
				}
				if !bytes.Equal(want, v.LookupHash("f", "x")) {
					t.Error("hash differs")
				}
			}
		})
	}
	wg.Wait()
}

func FuzzUnseal(f *testing.F) {
	v := open(f, vectorKeyset())
	sealed := sealedVector(f) // the same in every fuzzing process
	f.Add([]byte(nil))
	f.Add(sealed)
	f.Add(sealed[:len(sealed)-1])
	f.Add([]byte{1, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := v.Unseal("a.b.c", 0x102, b)
		if bytes.Equal(b, sealed) {
			require.NoError(t, err)
			require.Equal(t, "心育", got)
			return
		}
		require.ErrorIs(t, err, ErrUnseal)
		require.Empty(t, got)
	})
}
