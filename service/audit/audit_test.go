package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var reader = model.Actor{AccountID: 7, TokenID: 8, Operation: "get-booking", Address: "192.0.2.1"}

// reads are n entries about as many pupils.
func reads(n int) []Entry {
	list := make([]Entry, n)
	for i := range list {
		list[i] = Entry{Action: model.AuditRead, Subject: model.AuditBooking, SubjectID: model.ID(i + 1), PupilID: model.ID(i + 100), UnitID: 5, Role: model.RoleCounsellor,
			Purpose: model.AuditCounselling, Withheld: i%2 == 0}
	}
	return list
}

func write(t testing.TB, st *store.Store, l *Log, entries ...Entry) {
	t.Helper()
	require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return l.Write(tx, reader, entries...) }))
}

// logOf is a log whose tree has n entries.
func logOf(t testing.TB, st *store.Store, n int) *Log {
	t.Helper()
	l := New(st, storetest.Vault(t), nil, nil)
	write(t, st, l, reads(n)...)
	require.NoError(t, l.Integrate(t.Context()))
	return l
}

func verify(t testing.TB, l *Log, against string) Verification {
	t.Helper()
	v, err := l.Verify(t.Context(), against)
	require.NoError(t, err)
	return v
}

func TestAnEntryIsWrittenWithItsCause(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		l := New(st, storetest.Vault(t), nil, nil)
		f := storetest.NewFixture(t, st)
		refused := errors.New("refused")
		require.ErrorIs(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return errors.Join(l.Write(tx, reader, reads(1)...), refused) }), refused)
		require.Zero(t, f.Count(&model.AuditEntry{}))

		require.NoError(t, l.Record(t.Context(), reader, reads(2)...))
		require.NoError(t, l.Record(t.Context(), reader), "nothing was read")
		require.Equal(t, 2, f.Count(&model.AuditEntry{}, "actor_id = 7 AND token_id = 8 AND operation = 'get-booking' AND address = '192.0.2.1'"))
		require.Equal(t, Verification{Waiting: 2, Root: verify(t, l, "").Root}, verify(t, l, ""))
		require.NoError(t, l.Integrate(t.Context()))
		v := verify(t, l, "")
		require.Equal(t, []any{int64(2), int64(0), 0}, []any{v.Size, v.Waiting, v.Total})
	})
}

func TestWhatALoginReadsAgainIsWrittenOnceInHalfAnHour(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		l, f := New(st, storetest.Vault(t), nil, nil), storetest.NewFixture(t, st)
		adds := func(n int, actor model.Actor, entries ...Entry) {
			t.Helper()
			before := f.Count(&model.AuditEntry{})
			require.NoError(t, l.Record(t.Context(), actor, entries...))
			require.Equal(t, n, f.Count(&model.AuditEntry{})-before)
		}
		adds(2, reader, reads(2)...)
		adds(1, reader, reads(3)...)
		adds(0, reader, reads(3)...)
		another, call, command := reader, reader, reader
		another.TokenID, call.Operation, command.TokenID = 9, "get-bookings", 0
		adds(3, another, reads(3)...)
		adds(3, call, reads(3)...)
		adds(3, command, reads(3)...)
		adds(3, command, reads(3)...)
		written := reads(1)
		written[0].Action = model.AuditLogin
		adds(1, reader, written...)
		adds(1, reader, written...)
		clock.Advance(30*time.Minute - time.Millisecond)
		adds(0, reader, reads(3)...)
		clock.Advance(time.Millisecond)
		adds(3, reader, reads(3)...)
		refused := New(st, storetest.Vault(t), nil, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, refused.Record(ctx, reader, reads(1)...))
		l = refused
		adds(1, reader, reads(1)...)
	})
}

// exec runs SQL as somebody with access to the database, and reports how many rows it changed.
func exec(t testing.TB, st *store.Store, sql string, args ...any) {
	t.Helper()
	require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
		res := tx.Exec(sql, args...)
		if res.Error == nil && res.RowsAffected == 0 {
			return errors.New("nothing was changed")
		}
		return res.Error
	}))
}

func TestEachChangeIsFound(t *testing.T) {
	t.Parallel()
	const n = 13
	at := func(position int) string {
		return fmt.Sprintf("(SELECT entry_id FROM audit_leaves WHERE position = %d)", position)
	}
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		l := logOf(t, st, n)
		whole := verify(t, l, "")
		require.Empty(t, whole.Faults)
		var entries []model.AuditEntry
		var leaves []model.AuditLeaf
		var points []model.AuditCheckpoint
		db := st.Read(t.Context())
		require.NoError(t, db.Order("id").Find(&entries).Error)
		require.NoError(t, db.Order("position").Find(&leaves).Error)
		require.NoError(t, db.Find(&points).Error)
		require.Len(t, points, 1)
		mend := func(t *testing.T) {
			t.Helper()
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
				for _, table := range []string{"audit_entries", "audit_leaves", "audit_checkpoints", "audit_pendings"} {
					if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
						return err
					}
				}
				return errors.Join(tx.Create(&entries).Error, tx.Create(&leaves).Error, tx.Create(&points).Error)
			}))
			require.Equal(t, whole, verify(t, l, points[0].Note))
		}
		changes := map[string][]string{
			"an entry is removed":                      {"DELETE FROM audit_entries WHERE id = " + at(6)},
			"the last entry is removed":                {"DELETE FROM audit_entries WHERE id = " + at(n-1)},
			"an entry is removed with its place":       {"DELETE FROM audit_entries WHERE id = " + at(6), "DELETE FROM audit_leaves WHERE position = 6"},
			"a place is removed":                       {"DELETE FROM audit_leaves WHERE position = 6"},
			"the first place is removed":               {"DELETE FROM audit_leaves WHERE position = 0"},
			"the tail is cut off":                      {"DELETE FROM audit_entries WHERE id = " + at(n-1), "DELETE FROM audit_leaves WHERE position = 12"},
			"all is cut off but the checkpoint":        {"DELETE FROM audit_entries", "DELETE FROM audit_leaves"},
			"an entry is moved to a place of its own":  {"UPDATE audit_leaves SET position = 99 WHERE position = 12"},
			"the checkpoint is removed":                {"DELETE FROM audit_checkpoints"},
			"the checkpoint is that of another day":    {"UPDATE audit_checkpoints SET size = 12"},
			"an entry is inserted":                     {"INSERT INTO audit_entries SELECT 1, at, actor_id, actor_role, token_id, action, subject, subject_id, pupil_id, unit_id, purpose, withheld, operation, address, salt FROM audit_entries LIMIT 1"},
			"an entry is inserted with a place":        {"INSERT INTO audit_entries SELECT 1, at, actor_id, actor_role, token_id, action, subject, subject_id, pupil_id, unit_id, purpose, withheld, operation, address, salt FROM audit_entries LIMIT 1", "INSERT INTO audit_leaves SELECT 13, 1, hashes FROM audit_leaves WHERE position = 0"},
			"two entries are swapped in the tree":      {"UPDATE audit_leaves SET entry_id = -1 WHERE position = 3", "UPDATE audit_leaves SET entry_id = " + entries[3].ID.String() + " WHERE position = 4", "UPDATE audit_leaves SET entry_id = " + entries[4].ID.String() + " WHERE position = 3"},
			"two places are swapped with their hashes": {"UPDATE audit_leaves SET position = 99 WHERE position = 3", "UPDATE audit_leaves SET position = 3 WHERE position = 4", "UPDATE audit_leaves SET position = 4 WHERE position = 99"},
		}
		for _, column := range []string{"actor_id", "token_id", "subject_id", "pupil_id", "unit_id"} {
			changes[column+" is changed"] = []string{"UPDATE audit_entries SET " + column + " = " + column + " + 1 WHERE id = " + at(7)}
		}
		for column, value := range map[string]string{"actor_role": "'duty'", "action": "'write'", "subject": "'alert'", "purpose": "'own'", "operation": "'get-bookinG'",
			"address": "'192.0.2.2'", "withheld": "NOT withheld", "salt": "'sixteen bytes 16'", "at": "'2020-01-01 00:00:00'"} {
			changes[column+" is changed"] = []string{"UPDATE audit_entries SET " + column + " = " + value + " WHERE id = " + at(7)}
		}
		for name, statements := range changes {
			t.Run(name, func(t *testing.T) {
				for _, sql := range statements {
					exec(t, st, sql)
				}
				require.NotZero(t, verify(t, l, "").Total)
				mend(t)
			})
		}
		t.Run("every byte of the tree", func(t *testing.T) {
			for _, leaf := range leaves {
				for i := range leaf.Hashes {
					changed := append([]byte(nil), leaf.Hashes...)
					changed[i] ^= 1
					exec(t, st, "UPDATE audit_leaves SET hashes = ? WHERE position = ?", changed, leaf.Position)
					require.NotZero(t, verify(t, l, "").Total, "byte %d of place %d", i, leaf.Position)
					exec(t, st, "UPDATE audit_leaves SET hashes = ? WHERE position = ?", leaf.Hashes, leaf.Position)
				}
				exec(t, st, "UPDATE audit_leaves SET hashes = ? WHERE position = ?", leaf.Hashes[:len(leaf.Hashes)-1], leaf.Position)
				require.NotZero(t, verify(t, l, "").Total)
				exec(t, st, "UPDATE audit_leaves SET hashes = ? WHERE position = ?", leaf.Hashes, leaf.Position)
			}
			require.Equal(t, whole, verify(t, l, ""))
		})
		t.Run("every byte of the checkpoint", func(t *testing.T) {
			for i := range points[0].Note {
				changed := []byte(points[0].Note)
				changed[i] ^= 1
				exec(t, st, "UPDATE audit_checkpoints SET note = ?", string(changed))
				require.NotZero(t, verify(t, l, "").Total, "byte %d", i)
			}
			mend(t)
		})
		t.Run("a tail cut off with its checkpoint is found by one kept elsewhere", func(t *testing.T) {
			kept := points[0].Note
			smaller, err := l.key.sign(stateAt(t, st, n-1)) // as a backup of an hour ago has it
			require.NoError(t, err)
			exec(t, st, "DELETE FROM audit_entries WHERE id = "+at(n-1))
			exec(t, st, "DELETE FROM audit_leaves WHERE position = ?", n-1)
			exec(t, st, "UPDATE audit_checkpoints SET size = ?, note = ?", n-1, smaller)
			require.Zero(t, verify(t, l, "").Total, "within the database all fits")
			require.Equal(t, []string{"the given checkpoint covers 13 entries, and the tree has 12: its end was cut off"}, verify(t, l, kept).Faults)
			write(t, st, l, reads(3)...)
			require.NoError(t, l.Integrate(t.Context()))
			require.Equal(t, []string{"the first 13 entries are not those that the given checkpoint covers"}, verify(t, l, kept).Faults)
			mend(t)
		})
		t.Run("a checkpoint of another system is refused", func(t *testing.T) {
			foreign, err := New(st, storetest.Vault(t), nil, nil).key.sign(tlog.Tree{N: n, Hash: whole.Root})
			require.NoError(t, err)
			for _, given := range []string{foreign, "x", "xinyu/audit\n13\n"} {
				_, err := l.Verify(t.Context(), given)
				require.ErrorIs(t, err, errForeignCheckpoint)
			}
		})
	})
}

// stateAt is the tree of the first n entries, by tlog alone.
func stateAt(t testing.TB, st *store.Store, n int64) tlog.Tree {
	t.Helper()
	root, err := tlog.TreeHash(n, &hashReader{db: st.Read(t.Context()), known: map[int64]tlog.Hash{}})
	require.NoError(t, err)
	return tlog.Tree{N: n, Hash: root}
}

func TestNothingIsAddedToATreeThatWasChanged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		for name, sql := range map[string]string{
			"a hash":                "UPDATE audit_leaves SET hashes = (SELECT h FROM (SELECT hashes AS h FROM audit_leaves WHERE position = 0) AS x) WHERE position = 2",
			"the last place":        "DELETE FROM audit_leaves WHERE position = 2",
			"the checkpoint":        "DELETE FROM audit_checkpoints",
			"the checkpoint's text": "UPDATE audit_checkpoints SET note = 'x'",
		} {
			t.Run(name, func(t *testing.T) {
				for _, table := range []string{"audit_entries", "audit_leaves", "audit_checkpoints"} {
					require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM " + table).Error }))
				}
				l := logOf(t, st, 3)
				exec(t, st, sql)
				write(t, st, l, reads(1)...)
				require.ErrorIs(t, l.Integrate(t.Context()), ErrTree)
				exec(t, st, "DELETE FROM audit_pendings")
			})
		}
	})
}

func TestAForgedEntryStaysOutside(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		l := logOf(t, st, 3)
		write(t, st, l, reads(2)...)
		exec(t, st, "INSERT INTO audit_entries SELECT 1, at, actor_id, actor_role, token_id, action, subject, subject_id, pupil_id, unit_id, purpose, withheld, operation, address, salt FROM audit_entries LIMIT 1")
		exec(t, st, "INSERT INTO audit_pendings SELECT 1, mac FROM audit_pendings LIMIT 1")
		require.ErrorIs(t, l.Integrate(t.Context()), ErrEntry)
		v := verify(t, l, "")
		require.Equal(t, []any{int64(5), int64(1), 0}, []any{v.Size, v.Waiting, v.Total}, "the true ones went in")

		write(t, st, l, reads(1)...)
		exec(t, st, "UPDATE audit_entries SET pupil_id = 1 WHERE id = (SELECT MAX(entry_id) FROM audit_pendings)")
		require.ErrorIs(t, l.Integrate(t.Context()), ErrEntry, "changed before it was in the tree")
		require.Equal(t, int64(2), verify(t, l, "").Waiting)
	})
}

func TestReplicasKeepOneTree(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		v := storetest.Vault(t)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		written := make(chan int)
		for range 2 { // replicas, each with two writers
			l := New(st, v, nil, nil)
			for range 2 {
				go func() {
					n := 0
					for ctx.Err() == nil {
						if st.Tx(t.Context(), func(tx *gorm.DB) error { return l.Write(tx, reader, reads(3)...) }) == nil {
							n += 3
						}
					}
					written <- n
				}()
			}
			go func() {
				for ctx.Err() == nil {
					if err := l.Integrate(t.Context()); err != nil && !store.IsDuplicate(err) {
						t.Error(err)
					}
				}
				written <- 0
			}()
		}
		total := 0
		for range 6 {
			total += <-written
		}
		l := New(st, v, nil, nil)
		require.NoError(t, l.Integrate(t.Context()))
		require.Positive(t, total)
		got := verify(t, l, "")
		require.Equal(t, []any{int64(total), int64(0), []string(nil)}, []any{got.Size, got.Waiting, got.Faults})
	})
}

func TestALogIsVerifiedWhileItGrows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		l := logOf(t, st, 20)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := errors.Join(l.Record(t.Context(), model.Actor{}, reads(3)...), l.Integrate(t.Context())); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		for range 30 {
			require.Empty(t, verify(t, l, "").Faults)
		}
		close(stop)
		<-stopped
	})
}

func TestEachEntryCanBeProvedTheDayAfter(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, time.Date(2026, 11, 2, 4, 0, 0, 0, time.UTC), func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		l := New(st, storetest.Vault(t), nil, nil)
		f := storetest.NewFixture(t, st)
		tree := f.Tree()
		manager := f.Staff(model.RoleManager, tree.School)
		entries := func(u *model.Unit) []Entry {
			list := reads(1)
			list[0].UnitID = u.ID
			return list
		}
		_, err := l.Checkpoint(t.Context())
		storetest.Refused(t, err, "checkpoint_not_found")
		var before Checkpoint // as the day before ended
		for n := 1; n <= 9; n++ {
			write(t, st, l, entries(tree.School)...)
			require.NoError(t, l.Integrate(t.Context()))
			handedOut, err := l.HandedOut(t.Context())
			if n == 1 {
				storetest.Refused(t, err, "checkpoint_not_found")
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, before, handedOut, "of today nothing is told")
			var newest model.AuditEntry
			require.NoError(t, st.Read(t.Context()).Order("id DESC").Take(&newest).Error)
			_, err = l.Prove(t.Context(), manager, newest.ID)
			storetest.Refused(t, err, "audit_entry_not_found")
			clock.Advance(24 * time.Hour)
			point, err := l.HandedOut(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, n, point.Size)
			before = point
			verifier, err := note.NewVerifier(point.Key)
			require.NoError(t, err)
			_, err = note.Open([]byte(point.Note), note.VerifierList(verifier))
			require.NoError(t, err, "whoever has the key can verify it")
			tree, err := l.key.open(point.Note)
			require.NoError(t, err)
			require.Equal(t, stateAt(t, st, int64(n)), tree)
			var ids []model.ID
			require.NoError(t, st.Read(t.Context()).Model(&model.AuditEntry{}).Pluck("id", &ids).Error)
			for _, id := range ids {
				p, err := l.Prove(t.Context(), manager, id)
				require.NoError(t, err)
				var path tlog.RecordProof
				for _, text := range p.Hashes {
					hash, err := tlog.ParseHash(text)
					require.NoError(t, err)
					path = append(path, hash)
				}
				hash, err := tlog.ParseHash(p.Hash)
				require.NoError(t, err)
				require.NoError(t, tlog.CheckRecord(path, tree.N, tree.Hash, p.Position, hash))
				require.Error(t, tlog.CheckRecord(path, tree.N, tree.Hash, p.Position, tlog.RecordHash([]byte("another"))))
			}
		}
		write(t, st, l, entries(tree.School)...)
		var waits model.AuditPending
		var proved model.AuditLeaf
		require.NoError(t, st.Read(t.Context()).Take(&waits).Error)
		require.NoError(t, st.Read(t.Context()).Take(&proved, "position = 0").Error)
		for id, who := range map[model.ID]model.Actor{1: manager, waits.EntryID: manager, proved.EntryID: f.Staff(model.RoleManager, tree.OtherClass)} {
			_, err := l.Prove(t.Context(), who, id)
			storetest.Refused(t, err, "audit_entry_not_found")
		}
	})
}

func TestWhatAnEntrySaysCantBeTriedOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		l := New(st, storetest.Vault(t), nil, nil)
		write(t, st, l, reads(2)...)
		var rows []model.AuditEntry
		require.NoError(t, st.Read(t.Context()).Find(&rows).Error)
		require.Len(t, rows, 2)
		hash := tlog.RecordHash(leafData(nil, &rows[0]))
		for _, row := range rows {
			require.Len(t, row.Salt, saltSize)
			row.Salt = make([]byte, saltSize)
			require.NotEqual(t, hash, tlog.RecordHash(leafData(nil, &row)), "not by what it says alone")
		}
		require.NotEqual(t, rows[0].Salt, rows[1].Salt)
	})
}
