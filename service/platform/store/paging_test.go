package store_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

var (
	accountsByLogin = store.Ascending(func(a model.Account) store.Keys { return store.Keys{a.LastLoginAt, a.Name, a.ID} }, "last_login_at", "name", "id")
	newestAccounts  = store.Descending(func(a model.Account) store.Keys { return store.Keys{a.LastLoginAt, a.Name, a.ID} }, "last_login_at", "name", "id")
)

// Page by page, rows that agree in their first keys come once each, in order,
// also where rows come and go between the pages.
func TestPagesFollowOneAnother(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		var want []model.ID
		for i := range 12 {
			a := &model.Account{ID: st.NewID(), Name: []string{"甲", "乙' OR 1"}[i/2%2], CreatedAt: st.Now(),
				LastLoginAt: time.Date(2026, 9, 1, 8, 0, 0, i/4*1_000_000, time.UTC)}
			a.OpenID = a.ID.String()
			f.Insert(a)
		}
		ids := func(rows []model.Account) []model.ID {
			out := make([]model.ID, len(rows))
			for i, r := range rows {
				out[i] = r.ID
			}
			return out
		}
		require.NoError(t, st.Read(t.Context()).Model(&model.Account{}).Order("last_login_at, name, id").Pluck("id", &want).Error)
		walk := func(order store.Order[model.Account], limit int) (got []model.ID) {
			page := store.PageRequest{Limit: limit}
			for {
				rows, next, err := order.Read(st.Read(t.Context()), page)
				require.NoError(t, err)
				require.LessOrEqual(t, len(rows), limit)
				got = append(got, ids(rows)...)
				if page.Cursor = next; next == "" {
					return got
				}
			}
		}
		backwards := slices.Clone(want)
		slices.Reverse(backwards)
		for _, limit := range []int{1, 5, 6, 12, 13} {
			require.Equal(t, want, walk(accountsByLogin, limit))
			require.Equal(t, backwards, walk(newestAccounts, limit))
		}
		rows, next, err := accountsByLogin.Read(st.Read(t.Context()).Where("name = ? OR name = ?", "甲", "nobody"), store.PageRequest{})
		require.NoError(t, err)
		require.Len(t, rows, 6)
		require.Empty(t, next)
		rows, _, err = accountsByLogin.Read(st.Read(t.Context()).Where("name = ? OR name = ?", "甲", "nobody"), store.PageRequest{Cursor: accountsByLogin.Cursor(rows[4])})
		require.NoError(t, err)
		require.Len(t, rows, 1, "the cursor's condition is and-ed to the whole of the query's own")
	})
}

func TestACursorOfNoPageIsRefused(t *testing.T) {
	t.Parallel()
	row := model.Account{ID: 7, Name: "甲", LastLoginAt: time.UnixMilli(1)}
	good := accountsByLogin.Cursor(row)
	keys, err := accountsByLogin.Parse(good)
	require.NoError(t, err)
	require.Equal(t, store.Keys{time.UnixMilli(1).UTC(), "甲", model.ID(7)}, keys)
	text, err := base64.RawURLEncoding.DecodeString(good)
	require.NoError(t, err)
	var parts []string
	require.NoError(t, json.Unmarshal(text, &parts))
	forged := func(parts ...string) string {
		text, err := json.Marshal(parts)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	require.Equal(t, good, forged(parts...))
	for name, cursor := range map[string]string{
		"no base64": "!", "no list": "AAAA", "an id": "7", "another order": newestAccounts.Cursor(row),
		"too few":                 forged(parts[:3]...),
		"too many":                forged(append(slices.Clone(parts), "1")...),
		"a time that is none":     forged(parts[0], "x", parts[2], parts[3]),
		"a time beyond all years": forged(parts[0], "9223372036854775807", parts[2], parts[3]),
		"an id that is none":      forged(parts[0], parts[1], parts[2], "1e3"),
		"an id below all":         forged(parts[0], parts[1], parts[2], "-1"),
		"an id beyond 64 bits":    forged(parts[0], parts[1], parts[2], "9223372036854775808"),
		"more than is ever given": forged(parts[0], parts[1], strings.Repeat("甲", 1000), parts[3]),
	} {
		_, err := accountsByLogin.Parse(cursor)
		require.ErrorIs(t, err, store.ErrCursor, name)
	}
}

// FuzzCursor reads cursors of any form: one that is taken has a key for each
// column, which the database takes, and is the cursor of a row that has these keys.
func FuzzCursor(f *testing.F) {
	at := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	f.Add(accountsByLogin.Cursor(model.Account{ID: 7, Name: "甲", LastLoginAt: at}))
	f.Add(newestAccounts.Cursor(model.Account{ID: 7, LastLoginAt: at}))
	f.Add("")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`["","9999999999999999","","-1"]`)))
	f.Fuzz(func(t *testing.T, cursor string) {
		// Random bytes would never meet the mark of the list, so the keys are tried behind it too.
		var first []string
		text, err := base64.RawURLEncoding.DecodeString(accountsByLogin.Cursor(model.Account{LastLoginAt: at}))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &first))
		marked, err := json.Marshal(append(first[:1], strings.Split(cursor, "|")...))
		require.NoError(t, err)
		for _, cursor := range []string{cursor, base64.RawURLEncoding.EncodeToString(marked)} {
			keys, err := accountsByLogin.Parse(cursor)
			if err != nil {
				require.ErrorIs(t, err, store.ErrCursor)
				continue
			}
			if cursor == "" {
				require.Nil(t, keys)
				continue
			}
			require.Len(t, keys, 3)
			row := model.Account{LastLoginAt: keys[0].(time.Time), Name: keys[1].(string), ID: keys[2].(model.ID)}
			require.GreaterOrEqual(t, row.ID, model.ID(0))
			again, err := accountsByLogin.Parse(accountsByLogin.Cursor(row))
			require.NoError(t, err)
			require.Equal(t, keys, again)
		}
	})
}
