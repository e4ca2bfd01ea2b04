package org_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/identity/authcache"
	"xinyu/service/org"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
	"xinyu/service/scene"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// world is the service on a real database with a small county in it.
type world struct {
	*storetest.Fixture
	t      *testing.T
	store  *store.Store
	vault  *vault.Vault
	engine *coverage.Engine
	svc    *org.Service
	tree   storetest.Tree
	county model.Actor // manages the county
	school model.Actor // manages the school
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(newWorld(t, st)) })
}

func newWorld(t *testing.T, st *store.Store) *world {
	t.Helper()
	keyset, err := vault.Generate()
	require.NoError(t, err)
	keys, err := vault.Open(keyset)
	require.NoError(t, err)
	c := storetest.InProcessRedis(t)
	w := &world{Fixture: storetest.NewFixture(t, st), t: t, store: st, vault: keys, engine: coverage.New(st, c, 0)}
	w.svc = org.New(st, c, authcache.New(st, c), w.engine, keys, scene.New(scene.Config{Store: st}))
	t.Cleanup(w.svc.Close)
	w.tree = w.Tree()
	w.county, w.school = w.Staff(model.RoleManager, w.tree.County), w.Staff(model.RoleManager, w.tree.School)
	return w
}

// roster is a CSV file of a school: lines of "class,name,number[,gender,birth]".
func roster(lines ...string) []byte {
	return []byte("班级,姓名,学籍号,性别,出生日期\n" + strings.Join(lines, "\n") + "\n")
}

// countyRoster is a CSV file with lines of "town,school,class,name,number".
func countyRoster(lines ...string) []byte {
	return []byte("镇/街道,学校,班级,姓名,学籍号\n" + strings.Join(lines, "\n") + "\n")
}

func (w *world) preview(actor model.Actor, unit *model.Unit, data []byte) org.ImportDetail {
	w.t.Helper()
	d, err := w.svc.PreviewImport(w.t.Context(), actor, org.NewImport{UnitID: unit.ID, Data: data})
	require.NoError(w.t, err)
	return d
}

// apply previews a faultless file and applies it.
func (w *world) apply(actor model.Actor, unit *model.Unit, data []byte) org.ImportDetail {
	w.t.Helper()
	d := w.preview(actor, unit, data)
	require.Empty(w.t, d.Faults)
	require.Equal(w.t, model.ImportPreviewed, d.Status)
	d, err := w.svc.ApplyImportNow(w.t.Context(), actor, d.ID, nil)
	require.NoError(w.t, err)
	require.Nil(w.t, d.Failure)
	require.Equal(w.t, model.ImportApplied, d.Status)
	return d
}

// sums are the counts of an import.
type sums struct{ total, added, changed, transferred, returned, departed, unchanged int }

func sumsOf(d org.ImportDetail) sums {
	return sums{d.Total, d.Added, d.Changed, d.Transferred, d.Returned, d.Departed, d.Unchanged}
}

// pupil finds a pupil by the number.
func (w *world) pupil(no string) model.Pupil {
	w.t.Helper()
	var p model.Pupil
	require.NoError(w.t, w.store.Read(w.t.Context()).Take(&p, "student_no_hash = ?", w.vault.LookupHash(model.StudentNoField, no)).Error)
	return p
}

func (w *world) unitNamed(name string) model.Unit {
	w.t.Helper()
	var u model.Unit
	require.NoError(w.t, w.store.Read(w.t.Context()).Take(&u, "name = ?", name).Error)
	return u
}

// everything is a picture of units, rosters and tallies, to see that nothing changed.
func (w *world) everything() string {
	w.t.Helper()
	var b bytes.Buffer
	db := w.store.Read(w.t.Context())
	var units []model.Unit
	var pupils []model.Pupil
	var tallies []model.CoverageTally
	require.NoError(w.t, db.Order("id").Find(&units).Error)
	require.NoError(w.t, db.Order("id").Find(&pupils).Error)
	require.NoError(w.t, db.Order("item_kind, item_id, side, class_id").Find(&tallies).Error)
	for _, u := range units {
		b.WriteString(u.ID.String() + u.Name + u.Code + string(rune('0'+u.PupilCount)) + "\n")
		if u.ArchivedAt != nil {
			b.WriteString("archived")
		}
	}
	for _, p := range pupils {
		b.WriteString(p.ID.String() + " " + p.ClassID.String() + p.Name + string(p.Gender) + string(p.BirthDate) + p.UpdatedAt.String() + string(p.StudentNo))
		if p.DepartedAt != nil {
			b.WriteString("departed")
		}
	}
	for _, t := range tallies {
		b.WriteString(t.ItemID.String() + string(t.Side) + t.ClassID.String() + " " + string(rune('0'+t.Started)) + string(rune('0'+t.Covered)))
	}
	return b.String()
}

// requireCountsRight compares the counts kept with rosters and facts: a
// rebuild must find nothing wrong.
func (w *world) requireCountsRight() {
	w.t.Helper()
	wrong, err := w.engine.Rebuild(w.t.Context(), nil)
	require.NoError(w.t, err)
	require.Zero(w.t, wrong, "classes whose counts were wrong")
}
