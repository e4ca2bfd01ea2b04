package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/org/rosterfile/sample"
	"xinyu/service/platform/backoff"
	"xinyu/service/platform/store"
)

// importWithin bounds the application of one import.
const importWithin = 60 * time.Second

// imports compares the application of a 60,000-pupil roster with the bare
// multi-row INSERT of the same rows into the same table, in one transaction.
func (c *county) imports(ctx context.Context) {
	roster := wholeRoster()
	var st *store.Store // the round's own empty county
	var previews []float64
	product := &side{name: "product", format: perSecond, measure: func() float64 {
		round := len(previews)
		name := fmt.Sprintf("imports%d", round)
		st = c.createDatabase(ctx, name)
		newSeeder(ctx, st).tree(units(0, 0))
		importer := c.onMariaDB(name, 4+round)
		check(importer.Start(ctx))
		preview, apply := importRoster(ctx, importer, roster)
		check(importer.Stop())
		previews = append(previews, preview.Seconds())
		return pupils / apply.Seconds()
	}}
	bare := &side{name: "baseline", format: perSecond, measure: func() float64 {
		c.compare("import", func(t *tally) { compareRoster(ctx, st, t) })
		return pupils / insertBare(ctx, st).Seconds()
	}}
	c.inTurns(product, bare)
	c.ratio("import_rows", atLeast(0.3), product, bare, fmt.Sprintf("preview=%.1fs", median(previews)))
}

// wholeRoster is a CSV with the county's pupils in 1,500 classes.
func wholeRoster() []byte {
	var names []string
	for _, u := range units(0, 0)[1:] {
		names = append(names, u.Name)
	}
	var file bytes.Buffer
	check(sample.Write(&file, sample.Options{
		Format: sample.CSV, Pupils: pupils, Schools: sample.Schools(names, 4), Seed: 1, Today: model.DateOf(time.Now()),
	}))
	return file.Bytes()
}

// importRoster uploads the file and applies it, as a manager does.
func importRoster(ctx context.Context, s server, file []byte) (preview, apply time.Duration) {
	var state struct {
		ID                model.ID
		Status            model.ImportStatus
		Added, FaultCount int
	}
	began := time.Now()
	s.succeed(ctx, http.MethodPost, "/roster-imports?unitId="+countyID.String(), managerID, file, &state)
	preview = time.Since(began)
	if state.Added != pupils || state.FaultCount != 0 {
		check(fmt.Errorf("preview: %+v", state))
	}
	began = time.Now()
	path := "/roster-imports/" + state.ID.String()
	s.succeed(ctx, http.MethodPost, path+"/apply", managerID, nil, &state)
	for state.Status != model.ImportApplied {
		if time.Since(began) > importWithin {
			check(fmt.Errorf("the import is %s after %s", state.Status, importWithin))
		}
		check(backoff.Sleep(ctx, 20*time.Millisecond))
		s.get(ctx, path, managerID, &state)
	}
	return preview, time.Since(began)
}

// insertBare copies the imported rows into a table like theirs and returns how
// long the INSERTs took.
func insertBare(ctx context.Context, st *store.Store) time.Duration {
	const rowsAStatement = 500
	var list []model.Pupil
	check(st.Read(ctx).Order("id").Find(&list).Error)
	must(st.Pool().ExecContext(ctx, "CREATE TABLE bare_pupils LIKE pupils"))
	began := time.Now()
	check(st.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Table("bare_pupils").CreateInBatches(list, rowsAStatement).Error
	}))
	return time.Since(began)
}

// compareRoster makes sure that every pupil is there, in the classes that count them.
func compareRoster(ctx context.Context, st *store.Store, t *tally) {
	type counts struct{ There, Counted int }
	t.acknowledged = pupils
	got := rows[counts](ctx, st, `SELECT (SELECT COUNT(*) FROM pupils) AS there,
		(SELECT SUM(pupil_count) FROM units) AS counted`)[0]
	if want := (counts{pupils, pupils}); got != want {
		check(fmt.Errorf("SQL has %+v, acknowledged %+v", got, want))
	}
}
