package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/glebarez/sqlite"

	"xinyu/service/platform/testserver"
)

// The county of the trials, and its load.
const (
	trialPupils    = 20_000
	reportPhones   = 64
	checkInPhones  = 32
	bookingPhones  = 32
	killsOfATrial  = 3
	betweenFaults  = 1500 * time.Millisecond
	progressWithin = 20 * time.Second
)

// scene is a product server on a seeded county, under siege.
type scene struct {
	*rig
	print   *printer
	product *child
	codes   *codes
	siege   *siege
	journal *journal
	filled  time.Time // when Redis had all counters
	// healBy is when the counters that a killed Redis came back with must be gone.
	healBy time.Time
}

// faults runs the trials.
func faults(ctx context.Context, opts options, out *printer) (err error) {
	// A Redis that comes back with what it had is the harder case: its counters are then wrong.
	r, err := newRig(ctx, opts.product, "--appendonly", "yes")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if opts.wants("kill_server_sqlite") {
		if err := sqliteTrials(ctx, r, out); err != nil {
			return err
		}
	}
	if opts.wants("kill_server_mariadb", "kill_mariadb", "stop_mariadb", "kill_redis") {
		if err := mariaDBTrials(ctx, r, opts, out); err != nil {
			return err
		}
	}
	return out.err()
}

// sqliteTrials kills the embedded system.
func sqliteTrials(ctx context.Context, r *rig, out *printer) error {
	dir := filepath.Join(r.dir, "embedded")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := r.migrate(ctx, "XINYU_DATA_DIR="+dir); err != nil {
		return err
	}
	db, err := sql.Open(sqlite.DriverName, "file:"+filepath.Join(dir, "xinyu.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return err
	}
	r.onClose(db.Close)
	s, err := newScene(ctx, r, out, db, r.onSQLite(dir))
	if err != nil {
		return err
	}
	if err := s.trial(ctx, "kill_server_sqlite", s.killServer); err != nil {
		return err
	}
	return s.product.stop()
}

// mariaDBTrials run one after the other on one county, whose journal goes on.
func mariaDBTrials(ctx context.Context, r *rig, opts options, out *printer) error {
	db, err := r.createAndMigrate(ctx, productDB)
	if err != nil {
		return err
	}
	s, err := newScene(ctx, r, out, db, r.onMariaDB(productDB, 0))
	if err != nil {
		return err
	}
	for _, t := range []struct {
		name string
		run  func(context.Context) (string, error)
	}{
		{"kill_redis", s.killRedis},
		{"kill_server_mariadb", s.killServer},
		{"kill_mariadb", s.killMariaDB},
		{"stop_mariadb", s.stopMariaDB},
	} {
		if !opts.wants(t.name) {
			continue
		}
		if err := s.trial(ctx, t.name, t.run); err != nil {
			return err
		}
	}
	if opts.wants("kill_redis") {
		s.checkHealing(ctx)
	}
	return s.product.stop()
}

func newScene(ctx context.Context, r *rig, out *printer, db *sql.DB, product *child) (*scene, error) {
	if err := seedCounty(ctx, db, trialPupils); err != nil {
		return nil, err
	}
	port, err := testserver.FreePort()
	if err != nil {
		return nil, err
	}
	addr := "127.0.0.1:" + strconv.Itoa(port) // the same after each restart
	product.env = append(product.env, "XINYU_ADDR="+addr)
	if err := product.start(ctx); err != nil {
		return nil, err
	}
	s := &scene{rig: r, print: out, product: product, codes: &codes{}, siege: &siege{addr: addr}, journal: &journal{db: db, pupils: trialPupils}}
	s.enlist(audience(trialPupils, reportPhones), crowd(trialPupils, checkInPhones, s.codes), queue(bookingPhones))
	return s, nil
}

// enlist puts the phones under the siege's orders, and into the journal.
func (s *scene) enlist(groups ...[]source) {
	for _, src := range slices.Concat(groups...) {
		s.siege.phones = append(s.siege.phones, src.(phone)) //nolint:forcetypeassert // all three are phones
		switch p := src.(type) {
		case *watchers:
			s.journal.watches = append(s.journal.watches, p)
		case *arrivals:
			s.journal.arrived = append(s.journal.arrived, p)
		case *booker:
			s.journal.bookers = append(s.journal.bookers, p)
		}
	}
}

// trial runs a fault under load and prints what became of all that was acknowledged.
func (s *scene) trial(ctx context.Context, name string, fault func(context.Context) (string, error)) error {
	phones := s.siege.phones
	s.siege = &siege{addr: s.siege.addr, phones: phones}
	if err := s.codes.refresh(ctx, s.product); err != nil {
		return err
	}
	// Redis must have the counters before the load begins: while reports commit,
	// a loader does not store what it read.
	for lesson := 1; lesson <= lessons; lesson++ {
		if _, err := readTally(ctx, s.product, lesson); err != nil {
			return err
		}
	}
	s.filled = time.Now()
	var note string
	err := s.siege.during(ctx, func(ctx context.Context) (err error) {
		showing, hide := context.WithCancel(ctx)
		defer hide()
		go s.show(showing)
		if err := s.siege.awaitProgress(ctx, 500, progressWithin); err != nil {
			return err
		}
		note, err = fault(ctx)
		return err
	})
	if ctx.Err() != nil {
		return err
	}
	t, verifyErr := s.journal.verify(ctx)
	extra := []string{fmt.Sprintf("answered=%d cut_off=%d refused=%d", s.siege.acked, s.siege.broken, len(s.siege.refused))}
	if note != "" {
		extra = append(extra, note)
	}
	s.print.fault(name, t, errors.Join(err, s.siege.fault(), verifyErr), extra...)
	return nil
}

// show keeps the sessions' codes fresh, as the host's screen does.
func (s *scene) show(ctx context.Context) {
	for sleepUntil(ctx, time.Now().Add(5*time.Second)) {
		_ = s.codes.refresh(ctx, s.product) // fails while a server is away; a code is good for fifteen seconds more
	}
}

// killServer kills the product again and again, and starts it anew on what is there.
func (s *scene) killServer(ctx context.Context) (string, error) {
	for range killsOfATrial {
		if !sleepUntil(ctx, time.Now().Add(betweenFaults)) {
			return "", context.Cause(ctx)
		}
		if err := s.product.kill(); err != nil {
			return "", err
		}
		if err := s.product.start(ctx); err != nil {
			return "", err
		}
		if err := s.siege.awaitProgress(ctx, 500, progressWithin); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("kills=%d", killsOfATrial), nil
}

// killMariaDB kills the database under the product, which keeps running.
func (s *scene) killMariaDB(ctx context.Context) (string, error) {
	for range killsOfATrial {
		if !sleepUntil(ctx, time.Now().Add(betweenFaults)) {
			return "", context.Cause(ctx)
		}
		if err := s.db.Kill(); err != nil {
			return "", err
		}
		if err := s.db.Start(ctx); err != nil {
			return "", err
		}
		if err := s.siege.awaitProgress(ctx, 500, progressWithin); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("kills=%d", killsOfATrial), nil
}
