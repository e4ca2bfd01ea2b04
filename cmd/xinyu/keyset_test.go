package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
)

// unsealedBlobs are the binary columns that hold hashes and bits, nothing to be read.
var unsealedBlobs = []string{"account_phones.number_hash", "audit_entries.salt", "audit_leaves.hashes", "audit_pendings.mac", "claim_tries.target", "keyset_marks.mark", "lesson_progress.bitmap", "login_tokens.token_hash", "pupils.student_no_hash"}

// Whoever adds a binary column says whether it is sealed.
func TestNoSealedColumnIsForgotten(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t)
	var blobs []string
	require.NoError(t, st.Read(t.Context()).Raw(`SELECT m.name || '.' || c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND c.type LIKE '%BLOB%' ORDER BY 1`).Scan(&blobs).Error)
	known := slices.Clone(unsealedBlobs)
	for _, c := range service.SealedColumns() {
		known = append(known, c.Table+"."+c.Value)
	}
	slices.Sort(known)
	require.Equal(t, known, blobs)
}

func TestKeysAreRotatedAndDroppedOnceNothingNeedsThem(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, env []string, _ string) {
		ok := func(keyset string, args ...string) string {
			stdout, stderr, code := runOnce(t, append(slices.Clone(env), "XINYU_KEYSET="+keyset), args...)
			require.Zero(t, code, stderr)
			return strings.TrimSpace(stdout)
		}
		old := ok("", "keyset")
		ok(old, "migrate")
		rows := fillSealed(t, env, old)

		grown := ok(old, "keyset", "add-key")
		_, stderr, code := runOnce(t, append(slices.Clone(env), "XINYU_KEYSET="+grown), "keyset", "drop-old")
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "keyset rotate", "rows still need the old key")
		require.NotContains(t, stderr, old)

		require.Equal(t, "resealed="+rows, ok(grown, "keyset", "rotate"))
		require.Equal(t, "resealed=0", ok(grown, "keyset", "rotate"))
		last := ok(grown, "keyset", "drop-old")
		require.Less(t, len(last), len(grown))
		mustOpen(t, env, last)

		_, stderr, code = runOnce(t, append(slices.Clone(env), "XINYU_KEYSET="+ok("", "keyset")), "keyset", "rotate")
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "XINYU_KEYSET: these are other keys")
	})
}

// sealedTexts are a row of each column, more than a batch of one, and rows with nothing sealed.
func sealedTexts(st *store.Store, v *vault.Vault) (rows []any, sealed int, err error) {
	now := st.Now()
	seal := func(field string, id model.ID) []byte {
		value, e := v.Seal(field, id, field)
		err, sealed = e, sealed+1
		return value
	}
	booking := func(id model.ID, concern []byte) *model.Booking {
		return &model.Booking{ID: id, Mode: model.CounselInPerson, Status: model.BookingBooked, Concern: concern, StartsAt: now, EndsAt: now, CreatedAt: now, UpdatedAt: now}
	}
	for id := model.ID(1); id <= 250; id++ {
		rows = append(rows, booking(id, seal("bookings.concern", id)))
	}
	cancelled := booking(251, nil)
	cancelled.CancelReason = seal("bookings.cancel_reason", 251)
	rows = append(rows, cancelled,
		&model.Pupil{ID: 7, StudentNo: seal("pupils.student_no", 7), StudentNoHash: v.LookupHash("pupils.student_no", "7"), CreatedAt: now, UpdatedAt: now},
		&model.AccountPhone{AccountID: 7, Number: seal("account_phones.number", 7), NumberHash: v.LookupHash("account_phones.number", "7"), CreatedAt: now},
		&model.Account{ID: 7, OpenID: "o7", LockReason: seal("accounts.lock_reason", 7), CreatedAt: now, LastLoginAt: now},
		&model.CounselRecord{ID: 7, BookingID: 1, Content: seal("counsel_records.content", 7), CreatedAt: now},
		&model.BookingFeedback{BookingID: 7, Content: seal("booking_feedback.content", 7), CreatedAt: now},
		&model.SessionPost{ID: 7, Content: seal("session_posts.content", 7), CreatedAt: now},
		&model.CheckInRetraction{ID: 7, Reason: seal("check_in_retractions.reason", 7), At: now, RetractedAt: now},
		&model.AlertEntry{ID: 7, AlertID: 1, Kind: model.EntryNote, At: now, Content: seal("alert_entries.content", 7)},
		&model.SessionPost{ID: 8, CreatedAt: now, DeletedAt: &now},
		&model.RosterImportPart{ImportID: 7, Part: 0, Content: seal("roster_import_parts.content.0", 7)},
		&model.RosterImportPart{ImportID: 7, Part: 1, Content: seal("roster_import_parts.content.1", 7)})
	return rows, sealed, err
}

// fillSealed writes what an old key sealed, and returns how many values that is.
func fillSealed(t *testing.T, env []string, keyset string) (count string) {
	t.Helper()
	v, err := vault.Open(keyset)
	require.NoError(t, err)
	withStore(t, env, func(st *store.Store) {
		_, err := v.Matches(t.Context(), st)
		require.NoError(t, err)
		rows, sealed, err := sealedTexts(st, v)
		require.NoError(t, err)
		storetest.NewFixture(t, st).Insert(rows...)
		count = model.ID(sealed).String()
	})
	return count
}

// mustOpen opens every sealed value with the keyset alone.
func mustOpen(t *testing.T, env []string, keyset string) {
	t.Helper()
	v, err := vault.Open(keyset)
	require.NoError(t, err)
	withStore(t, env, func(st *store.Store) {
		for _, c := range service.SealedColumns() {
			var rows []struct {
				ID    model.ID
				Part  int
				Value []byte
			}
			part := c.Part
			if part == "" {
				part = "0"
			}
			require.NoError(t, st.Read(t.Context()).Table(c.Table).Select(c.ID+" AS id, "+part+" AS part, "+c.Value+" AS value").Where("LENGTH("+c.Value+") > 0").Scan(&rows).Error)
			require.NotEmpty(t, rows, "%s.%s", c.Table, c.Value)
			for _, row := range rows {
				text, err := v.Unseal(c.Field(row.Part), row.ID, row.Value)
				require.NoError(t, err)
				require.Equal(t, c.Field(row.Part), text)
			}
		}
	})
}

// withStore opens the database of a program that has ended, for a while.
func withStore(t *testing.T, env []string, use func(*store.Store)) {
	t.Helper()
	st, err := store.Open(t.Context(), storeOptions(env))
	require.NoError(t, err)
	use(st)
	require.NoError(t, st.Close())
}
