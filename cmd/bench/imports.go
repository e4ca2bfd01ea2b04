package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"xinyu/model"
	"xinyu/service/org/rosterfile/sample"
)

const (
	// bareRows is how many rows a statement of the baseline inserts.
	bareRows = 500
	// importWithin bounds the application of one import.
	importWithin = 60 * time.Second
)

// measureImports compares the application of a 60,000-pupil roster with the
// bare multi-row INSERT of the same rows into the same table, in one transaction.
func measureImports(ctx context.Context, c *county) error {
	roster, err := wholeRoster()
	if err != nil {
		return err
	}
	var product, bare, previews []float64
	for i := range c.opts.rounds { // each needs an empty county
		name := fmt.Sprintf("imports%d", i)
		db, err := c.createAndMigrate(ctx, name)
		if err != nil {
			return err
		}
		s := newSeeder(ctx, db)
		s.plant(countyAndTowns())
		s.staff()
		if s.err != nil {
			return s.err
		}
		server := c.onMariaDB(name, 4+i)
		if err := server.start(ctx); err != nil {
			return err
		}
		preview, apply, err := importRoster(ctx, server, roster)
		if err != nil {
			return err
		}
		inserted, err := insertBare(ctx, db)
		if err != nil {
			return err
		}
		previews = append(previews, preview.Seconds())
		product, bare = append(product, pupils/apply.Seconds()), append(bare, pupils/inserted.Seconds())
		c.print.check("import", compareRoster(ctx, db), fmt.Sprintf("acknowledged=%d", pupils))
		if err := server.stop(); err != nil {
			return err
		}
	}
	c.print.figure("import_rows", "ratio", atLeast(0.3), ratios(product, bare), perSecond("product", product), perSecond("baseline", bare),
		fmt.Sprintf("preview=%.1fs", median(previews)))
	return nil
}

// wholeRoster is a CSV with the county's pupils in 1,500 classes.
func wholeRoster() ([]byte, error) {
	var names []string
	for _, u := range countyAndTowns()[1:] {
		names = append(names, u.name())
	}
	var file bytes.Buffer
	err := sample.Write(&file, sample.Options{Format: sample.CSV, Pupils: pupils, Schools: sample.Schools(names, 4), Seed: 1, Today: model.DateOf(time.Now())})
	return file.Bytes(), err
}

// importState is as much as we need of an import.
type importState struct {
	ID         model.ID
	Status     model.ImportStatus
	Added      int
	FaultCount int
}

// importRoster uploads the file and applies it, as a manager does.
func importRoster(ctx context.Context, server *child, file []byte) (preview, apply time.Duration, err error) {
	began := time.Now()
	state, err := importCall(ctx, server, http.MethodPost, "?unitId="+countyID.String(), file)
	if err != nil {
		return 0, 0, err
	}
	preview = time.Since(began)
	if state.Added != pupils || state.FaultCount != 0 {
		return 0, 0, fmt.Errorf("preview: %+v", state)
	}
	began = time.Now()
	if _, err := importCall(ctx, server, http.MethodPost, "/"+state.ID.String()+"/apply", nil); err != nil {
		return 0, 0, err
	}
	for time.Since(began) < importWithin {
		if state, err = importCall(ctx, server, http.MethodGet, "/"+state.ID.String(), nil); err != nil {
			return 0, 0, err
		}
		if state.Status == model.ImportApplied {
			return preview, time.Since(began), nil
		}
		if !sleepUntil(ctx, time.Now().Add(20*time.Millisecond)) {
			return 0, 0, context.Cause(ctx)
		}
	}
	return 0, 0, fmt.Errorf("the import is %s after %s", state.Status, importWithin)
}

func importCall(ctx context.Context, server *child, method, path string, body []byte) (importState, error) {
	status, _, answer, err := call(ctx, method, "http://"+server.addr+"/api/v1/roster-imports"+path, tokenOf(managerID), body)
	if err != nil {
		return importState{}, err
	}
	if status >= http.StatusBadRequest {
		return importState{}, fmt.Errorf("import: %d %.300s", status, answer)
	}
	var state importState
	return state, json.Unmarshal(answer, &state)
}

// insertBare copies the imported rows into a table like theirs and returns how
// long the INSERTs took.
func insertBare(ctx context.Context, db *sql.DB) (time.Duration, error) {
	if _, err := db.ExecContext(ctx, "CREATE TABLE bare_pupils LIKE pupils"); err != nil {
		return 0, err
	}
	const columns = 9
	rows := make([]any, 0, pupils*columns)
	err := query(ctx, db, "SELECT id, class_id, name, gender, birth_date, student_no, student_no_hash, created_at, updated_at FROM pupils ORDER BY id",
		func(scan func(...any) error) error {
			var id, class int64
			var name, gender, birth string
			var number, hash []byte
			var created, updated time.Time
			err := scan(&id, &class, &name, &gender, &birth, &number, &hash, &created, &updated)
			rows = append(rows, id, class, name, gender, birth, number, hash, created, updated)
			return err
		})
	if err != nil {
		return 0, err
	}
	place := "(?" + strings.Repeat(",?", columns-1) + ")"
	began := time.Now()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(rows, bareRows*columns) {
		places := strings.TrimSuffix(strings.Repeat(place+",", len(part)/columns), ",")
		_, err := tx.ExecContext(ctx, "INSERT INTO bare_pupils (id, class_id, name, gender, birth_date, student_no, student_no_hash, created_at, updated_at) VALUES "+places, part...) //nolint:gosec // placeholders only
		if err != nil {
			return 0, errors.Join(err, tx.Rollback())
		}
	}
	err = tx.Commit()
	return time.Since(began), err
}

// compareRoster makes sure that every pupil is there, in the classes that count them.
func compareRoster(ctx context.Context, db *sql.DB) error {
	var rows, counted int
	if err := db.QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM pupils), (SELECT SUM(pupil_count) FROM units)").Scan(&rows, &counted); err != nil {
		return err
	}
	if rows != pupils || counted != pupils {
		return fmt.Errorf("%d pupils in SQL, %d counted by classes", rows, counted)
	}
	return nil
}
