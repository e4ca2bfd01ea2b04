package model

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIDsAreUniqueAndGrow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	for _, step := range []time.Duration{0, -time.Millisecond} { // a clock that stands, and one that runs back
		var mu sync.Mutex
		g := NewIDs(3, func() time.Time { mu.Lock(); defer mu.Unlock(); now = now.Add(step); return now })
		last := ID(0)
		for range 20_000 {
			id := g.Next()
			require.Greater(t, id, last)
			last = id
		}
	}
	require.Panics(t, func() { NewIDs(MaxNodes, time.Now) })
}

func TestIDsOfTwoNodesNeverMeet(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC) }
	seen := map[ID]bool{}
	for _, node := range []int{0, 1, MaxNodes - 1} {
		g := NewIDs(node, clock)
		for range 5000 {
			id := g.Next()
			require.False(t, seen[id])
			seen[id] = true
		}
	}
}

func TestIDOnTheWire(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(struct{ A ID }{9007199254740993})
	require.NoError(t, err)
	require.JSONEq(t, `{"A":"9007199254740993"}`, string(b))
	for _, bad := range []string{`1`, `"0"`, `"-1"`, `"+1"`, `"01"`, `"1e3"`, `""`, `"x"`, `"99999999999999999999"`, `null`} {
		var id ID
		require.Error(t, json.Unmarshal([]byte(bad), &id), bad)
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("1")
	f.Add("-0")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseID(s); err == nil && id.String() != s {
			t.Fatalf("%q reads as %s", s, id)
		}
	})
}

func TestBusinessDaysAreShanghais(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 8, 31, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	require.Equal(t, Date("2026-09-01"), DateOf(at))
	require.Equal(t, Date("2026-08-31"), DateOf(at.Add(-time.Millisecond)))
	require.Equal(t, at, Date("2026-09-01").Start())
	require.Equal(t, Date("2026-03-01"), Date("2026-02-28").AddDays(1))
	require.Equal(t, time.Tuesday, Date("2026-09-01").Weekday())
	_, err := ParseDate("2026-02-30")
	require.Error(t, err)
}

func TestTerms(t *testing.T) {
	t.Parallel()
	require.Equal(t, Term("2026H1"), TermOf(time.Date(2026, 6, 30, 15, 59, 0, 0, time.UTC)))
	require.Equal(t, Term("2026H2"), TermOf(time.Date(2026, 6, 30, 16, 0, 0, 0, time.UTC)))
	for _, bad := range []Term{"", "2026", "2026H3", "26H1", "H12026"} {
		require.False(t, bad.Valid(), bad)
	}
	require.True(t, Term("2026H2").Valid())
}

func TestAgeOfConsent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		birth, day Date
		under      bool
	}{
		{"2012-09-02", "2026-09-01", true},
		{"2012-09-01", "2026-09-01", false},
		{"2012-02-29", "2026-02-28", true},
		{"2012-02-29", "2026-03-01", false},
		{"", "2026-09-01", true}, // unknown: the safe side
	} {
		require.Equal(t, c.under, Pupil{BirthDate: c.birth}.UnderAgeOfConsent(c.day), c)
	}
}

func TestRolesEnd(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	a := Actor{Roles: []RoleAt{{Role: RoleInspector, UnitID: 1, EndsAt: &end}, {Role: RoleTeacher, UnitID: 2}, {Role: RoleTeacher, UnitID: 2}}}
	require.True(t, a.Has(end.Add(-time.Second), RoleInspector))
	require.False(t, a.Has(end, RoleInspector))
	require.Equal(t, []ID{2}, a.UnitsAs(end, RoleTeacher, RoleInspector))
	require.Empty(t, Actor{}.UnitsAs(end, RoleManager))
}

func TestUnitKinds(t *testing.T) {
	t.Parallel()
	require.True(t, UnitClass.MayStandBelow(UnitSchool))
	require.True(t, UnitSchool.MayStandBelow(UnitCounty))
	require.False(t, UnitSchool.MayStandBelow(UnitClass))
	require.False(t, UnitCounty.MayStandBelow(UnitCounty))
	require.False(t, UnitKind("club").Valid())
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	at := time.Unix(3000, 0)
	require.Equal(t, []int{10, 11}, Buckets(at, at.Add(10*time.Minute)))
	require.Equal(t, []int{10, 11}, Buckets(at, at.Add(6*time.Minute)), "a part of a bucket takes it whole")
	require.Equal(t, []int{12}, Buckets(at.Add(10*time.Minute), at.Add(15*time.Minute)), "what ends when the next begins does not overlap")
}

func TestErrorsCompareByKindAndCode(t *testing.T) {
	t.Parallel()
	err := NotFound("slot").WithCause(json.Unmarshal([]byte("{"), &struct{}{})).WithDetails(1)
	require.ErrorIs(t, err, NotFound("slot"))
	require.NotErrorIs(t, err, NotFound("room"))
	require.Equal(t, KindNotFound, KindOf(err))
	require.Equal(t, KindInternal, KindOf(json.Unmarshal([]byte("{"), &struct{}{})))
}

func TestRequestKeysAreShortPrintableASCII(t *testing.T) {
	for key, want := range map[string]string{"": "", "a-1_Z ~!": "", strings.Repeat("k", 64): "", strings.Repeat("k", 65): "idempotency_key_too_long",
		"\xe9": "idempotency_key_invalid", "键": "idempotency_key_invalid", "a\n": "idempotency_key_invalid", "\x7f": "idempotency_key_invalid"} {
		err := CheckRequestKey(key)
		if want == "" {
			require.NoError(t, err, "%q", key)
			continue
		}
		require.ErrorIs(t, err, Invalid("", want, ""), "%q", key)
	}
}
