package org_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/identity/authcache"
	"xinyu/service/org"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
	"xinyu/service/scene"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// bundle is the service on a real database with a small county in it.
type bundle struct {
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

func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(newBundle(t, st)) })
}

func newBundle(t *testing.T, st *store.Store) *bundle {
	t.Helper()
	keys := storetest.Vault(t)
	c := storetest.InProcessRedis(t)
	b := &bundle{Fixture: storetest.NewFixture(t, st), t: t, store: st, vault: keys, engine: coverage.New(st, c, 0)}
	b.svc = org.New(st, c, authcache.New(st, c), identity.Directory{}, audit.New(st, keys, identity.Directory{}, nil), b.engine, keys, scene.New(scene.Config{Store: st}), limit.New(c))
	t.Cleanup(b.svc.Close)
	b.tree = b.Tree()
	b.county, b.school = b.Staff(model.RoleManager, b.tree.County), b.Staff(model.RoleManager, b.tree.School)
	return b
}

// roster is a CSV file of a school: lines of "class,name,number[,gender,birth]".
func roster(lines ...string) []byte {
	return []byte("班级,姓名,学籍号,性别,出生日期\n" + strings.Join(lines, "\n") + "\n")
}

// countyRoster is a CSV file with lines of "town,school,class,name,number".
func countyRoster(lines ...string) []byte {
	return []byte("镇/街道,学校,班级,姓名,学籍号\n" + strings.Join(lines, "\n") + "\n")
}

func (b *bundle) preview(actor model.Actor, unit *model.Unit, data []byte) org.ImportDetail {
	b.t.Helper()
	d, err := b.svc.PreviewImport(b.t.Context(), actor, org.NewImport{UnitID: unit.ID, Data: data})
	require.NoError(b.t, err)
	return d
}

// apply previews a faultless file and applies it.
func (b *bundle) apply(actor model.Actor, unit *model.Unit, data []byte) org.ImportDetail {
	b.t.Helper()
	d := b.preview(actor, unit, data)
	require.Empty(b.t, d.Faults)
	require.Equal(b.t, model.ImportPreviewed, d.Status)
	d, err := b.svc.ApplyImportNow(b.t.Context(), actor, d.ID, departing(d), nil)
	require.NoError(b.t, err)
	require.Nil(b.t, d.Failure)
	require.Equal(b.t, model.ImportApplied, d.Status)
	return d
}

// departing is the confirmation of those who depart.
func departing(d org.ImportDetail) []org.Confirmation {
	return []org.Confirmation{{Kind: org.ConfirmDepartures, Count: d.Departed}}
}

// sums are the counts of an import.
type sums struct{ total, added, changed, transferred, returned, departed, unchanged int }

func sumsOf(d org.ImportDetail) sums {
	return sums{d.Total, d.Added, d.Changed, d.Transferred, d.Returned, d.Departed, d.Unchanged}
}

// pupil finds a pupil by the number.
func (b *bundle) pupil(no string) model.Pupil {
	b.t.Helper()
	var p model.Pupil
	require.NoError(b.t, b.store.Read(b.t.Context()).Take(&p, "student_no_hash = ?", b.vault.LookupHash(model.StudentNoField, no)).Error)
	return p
}

func (b *bundle) unitNamed(name string) model.Unit {
	b.t.Helper()
	var u model.Unit
	require.NoError(b.t, b.store.Read(b.t.Context()).Take(&u, "name = ?", name).Error)
	return u
}

// everything is a picture of units, rosters and tallies, to see that nothing changed.
func (b *bundle) everything() string {
	b.t.Helper()
	var buf bytes.Buffer
	db := b.store.Read(b.t.Context())
	var units []model.Unit
	var pupils []model.Pupil
	var tallies []model.CoverageTally
	require.NoError(b.t, db.Order("id").Find(&units).Error)
	require.NoError(b.t, db.Order("id").Find(&pupils).Error)
	require.NoError(b.t, db.Order("item_kind, item_id, side, class_id").Find(&tallies).Error)
	for _, u := range units {
		buf.WriteString(u.ID.String() + u.Name + u.Code + string(rune('0'+u.PupilCount)) + "\n")
		if u.ArchivedAt != nil {
			buf.WriteString("archived")
		}
	}
	for _, p := range pupils {
		buf.WriteString(p.ID.String() + " " + p.ClassID.String() + p.Name + string(p.Gender) + string(p.BirthDate) + p.UpdatedAt.String() + string(p.StudentNo))
		if p.DepartedAt != nil {
			buf.WriteString("departed")
		}
	}
	for _, t := range tallies {
		buf.WriteString(t.ItemID.String() + string(t.Side) + t.ClassID.String() + " " + string(rune('0'+t.Started)) + string(rune('0'+t.Covered)))
	}
	return buf.String()
}

// requireCountsRight compares the counts kept with rosters and facts: a
// rebuild must find nothing wrong.
func (b *bundle) requireCountsRight() {
	b.t.Helper()
	wrong, err := b.engine.Rebuild(b.t.Context(), nil)
	require.NoError(b.t, err)
	require.Zero(b.t, wrong, "classes whose counts were wrong")
}
