package media

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSignedLinkHoldsForItsFileUntilItExpires(t *testing.T) {
	t.Parallel()
	signer := func(secret string, now *time.Time) *Signer {
		return NewSigner(func(b []byte) []byte {
			h := hmac.New(sha256.New, []byte(secret))
			h.Write(b)
			return h.Sum(nil)
		}, func() time.Time { return *now })
	}
	start := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	now := start
	s := signer("one", &now)
	link := s.Sign("lessons/1.mp4", start.Add(time.Hour))
	require.Equal(t, link, s.Sign("lessons/1.mp4", start.Add(time.Hour+time.Millisecond)), "to the second")
	query := func(change func(url.Values)) url.Values {
		q, err := url.ParseQuery(link)
		require.NoError(t, err)
		require.Len(t, q, 2)
		if change != nil {
			change(q)
		}
		return q
	}
	require.NoError(t, s.Verify("lessons/1.mp4", query(nil)))
	now = start.Add(time.Hour - time.Millisecond)
	require.NoError(t, s.Verify("lessons/1.mp4", query(nil)))
	now = start.Add(time.Hour)
	require.ErrorIs(t, s.Verify("lessons/1.mp4", query(nil)), errExpired)

	now = start
	require.ErrorIs(t, s.Verify("lessons/2.mp4", query(nil)), errLink)
	require.ErrorIs(t, signer("two", &now).Verify("lessons/1.mp4", query(nil)), errLink)
	require.ErrorIs(t, s.Verify("lessons/1.mp4", nil), errLink)
	good := query(nil).Get("s")
	for name, change := range map[string]func(url.Values){
		"no signature":     func(q url.Values) { q.Del("s") },
		"empty signature":  func(q url.Values) { q.Set("s", "") },
		"not base64":       func(q url.Values) { q.Set("s", "!"+good[1:]) },
		"cut":              func(q url.Values) { q.Set("s", good[:20]) },
		"other":            func(q url.Values) { q.Set("s", "AAAA"+good[4:]) },
		"longer life":      func(q url.Values) { q.Set("e", "9999999999") },
		"same life, other": func(q url.Values) { q.Set("e", "0"+q.Get("e")) },
		"no life":          func(q url.Values) { q.Del("e") },
	} {
		require.ErrorIs(t, s.Verify("lessons/1.mp4", query(change)), errLink, name)
	}
}

// FuzzVerify takes links of any form: only those that Sign made are believed.
func FuzzVerify(f *testing.F) {
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	s := NewSigner(func(b []byte) []byte { h := sha256.Sum256(append([]byte("secret"), b...)); return h[:] }, func() time.Time { return now })
	good := s.Sign("lessons/1.mp4", now.Add(time.Hour))
	f.Add("lessons/1.mp4", good)
	f.Add("lessons/1.mp4", good+"=")
	f.Add("lessons/2.mp4", "e=+1&"+good)
	f.Add("lessons/1.mp4", "s=%ff&e=99999999999999999999")
	f.Fuzz(func(t *testing.T, key, link string) {
		query, err := url.ParseQuery(link)
		if err != nil {
			return
		}
		if err := s.Verify(key, query); err == nil {
			require.Equal(t, "lessons/1.mp4", key)
			require.Equal(t, good, "e="+query.Get("e")+"&s="+query.Get("s"))
		}
	})
}
