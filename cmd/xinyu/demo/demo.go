// Package demo fills an empty database with a county to try the system on:
// real towns, invented schools and people, four short lessons, lectures, a
// session that is open now, free slots, and an account for each role.
package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/coverage"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/unit"
)

// Config is what the demo is made with.
type Config struct {
	Store    *store.Store
	Vault    *vault.Vault
	Coverage *coverage.Engine
	Counsel  *counsel.Service
	Media    media.Store
	// OpenID is the WeChat identity that a login code such as "demo-parent" stands for.
	OpenID func(code string) string
}

// Demo is the demo county in a database.
type Demo struct {
	Config
	county county
	now    time.Time // of the seeding
}

// Guide is what people need to find their way in.
type Guide struct {
	Accounts []Account
	// Unbound is a pupil whom nobody is bound to yet, to try binding by hand.
	Unbound Child
}

// Account is a demo account and what it shows.
type Account struct{ Code, Role, Where string }

// Child is what a guardian types to bind a child.
type Child struct{ ClassCode, Name, StudentNo string }

// ErrOtherData says that the database holds data that is not the demo's, or a
// demo made for another mini-program; it is left as it is.
var ErrOtherData = errors.New("the database holds other data than this demo's")

// Seed fills the database if it is empty, and otherwise only brings what
// passes with time up to date, as Upkeep does. Replicas may seed at once.
func Seed(ctx context.Context, cfg Config) (*Demo, error) {
	c, err := readCounty()
	if err != nil {
		return nil, err
	}
	d := &Demo{Config: cfg, county: c, now: cfg.Store.Now()}
	units, err := unit.List(cfg.Store.Read(ctx), 0, unit.Roots())
	if err != nil {
		return nil, fmt.Errorf("look for data: %w", err)
	}
	isOwn := func(u model.Unit) bool { return u.Code == c.Code }
	if len(units) > 0 && !slices.ContainsFunc(units, isOwn) {
		return nil, ErrOtherData
	}
	if err := d.keepFiles(ctx); err != nil {
		return nil, fmt.Errorf("store the demo's files: %w", err)
	}
	if len(units) == 0 {
		if err := d.fill(ctx); err != nil && !store.IsDuplicate(err) { // a duplicate: another replica was quicker
			return nil, fmt.Errorf("fill the demo: %w", err)
		}
	}
	own, err := d.account(cfg.Store.Read(ctx), "demo-county")
	if err != nil {
		return nil, fmt.Errorf("look for the demo accounts: %w", err)
	}
	if own == 0 {
		return nil, ErrOtherData
	}
	return d, d.Upkeep(ctx)
}

// fill writes the county, its people, rooms and lectures in one transaction.
func (d *Demo) fill(ctx context.Context) error {
	var change coverage.Change
	err := d.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
		b := &builder{Demo: d, tx: tx}
		if err := b.build(); err != nil {
			return err
		}
		change, err = b.holdPastSessions()
		return err
	})
	if err == nil {
		d.Coverage.Publish(ctx, change)
	}
	return err
}

// Upkeep makes sure that a session is open, that slots are free on the coming
// days and that the inspector's time has not run out. Call it about hourly.
func (d *Demo) Upkeep(ctx context.Context) error {
	err := d.Store.Tx(ctx, func(tx *gorm.DB) error {
		_, err := unit.ByCode(d.Store.ForUpdate(tx), d.county.Code) // locked, so that replicas take turns
		if err != nil {
			return err
		}
		for _, keep := range []func(*gorm.DB) error{d.keepSessions, d.keepInspector} {
			if err := keep(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = d.Counsel.ExpandSlots(ctx)
	}
	if err != nil {
		return fmt.Errorf("keep the demo up to date: %w", err)
	}
	return nil
}
