package family

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

// TriesPerDay is how many wrong claims there can be to one pupil on a day. It
// lets both guardians mistype, and makes guessing a number hopeless.
const TriesPerDay = 6

// Tries counts wrong claims by the class code and the name that were typed, over
// all accounts. It counts them whether or not there is such a pupil. The counts
// are in SQL: an attacker with access to Redis could delete them there. It is
// safe for concurrent use.
type Tries struct {
	store *store.Store
	vault *vault.Vault
}

// NewTries makes Tries.
func NewTries(st *store.Store, v *vault.Vault) *Tries { return &Tries{store: st, vault: v} }

// Try is a claim that was allowed.
type Try struct {
	target []byte
	day    model.Date
	n      int // which of the day's
}

// Last reports whether it was the last of the day.
func (t Try) Last() bool { return t.n == TriesPerDay }

// target is by what tries are counted.
func (t *Tries) target(classCode, name string) []byte {
	return t.vault.LookupHash("claim_tries.target", classCode+"\x00"+model.NameKey(name))
}

// Take takes a try before the claim is checked, so that claims made at one
// moment get no more of them. Where none is left the error is child_tries_spent.
func (t *Tries) Take(ctx context.Context, classCode, name string) (Try, error) {
	now := t.store.Now()
	day := model.DateOf(now)
	try := Try{target: t.target(classCode, name), day: day}
	spent := model.TooMany("child_tries_spent", day.AddDays(1).Start().Sub(now))
	n, err := try.count(t.store.Read(ctx))
	if err != nil {
		return Try{}, err
	}
	if n >= TriesPerDay { // so that whoever goes on writes nothing
		return Try{}, spent
	}
	err = t.store.Tx(ctx, func(tx *gorm.DB) error {
		row := model.ClaimTry{ID: t.store.NewID(), Target: try.target, Day: day, Tries: 1}
		err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "target"}, {Name: "day"}},
			DoUpdates: clause.Assignments(map[string]any{"tries": gorm.Expr("claim_tries.tries + 1")})}).Create(&row).Error
		if err != nil {
			return err
		}
		if try.n, err = try.count(tx); err == nil && try.n > TriesPerDay {
			err = spent
		}
		return err
	})
	return try, err
}

// count returns how often it was tried.
func (t Try) count(db *gorm.DB) (int, error) {
	var tries []int
	err := db.Model(&model.ClaimTry{}).Where("target = ? AND day = ?", t.target, t.day).Pluck("tries", &tries).Error
	if err != nil || len(tries) == 0 {
		return 0, err
	}
	return tries[0], nil
}

// GiveBack returns the try of a claim that was right. Where it was the only one, no row stays.
func (t *Tries) GiveBack(ctx context.Context, try Try) error {
	return t.store.Tx(ctx, func(tx *gorm.DB) error {
		ofDay := tx.Where("target = ? AND day = ?", try.target, try.day).Session(&gorm.Session{})
		if err := ofDay.Model(&model.ClaimTry{}).Where("tries > 0").Update("tries", gorm.Expr("tries - 1")).Error; err != nil {
			return err
		}
		return ofDay.Where("tries = 0").Delete(&model.ClaimTry{}).Error
	})
}

// Wrong returns how many wrong claims there were today to each of the pupils of
// the class, by id. Pupils without any are left out.
func (t *Tries) Wrong(db *gorm.DB, classCode string, pupils []model.Pupil) (map[model.ID]int, error) {
	targets := make([][]byte, len(pupils))
	for i, p := range pupils {
		targets[i] = t.target(classCode, p.Name)
	}
	rows, err := store.InParts(targets, func(part [][]byte, rows *[]model.ClaimTry) error {
		return db.Where("target IN ? AND day = ? AND tries > 0", part, model.DateOf(t.store.Now())).Find(rows).Error
	})
	if err != nil {
		return nil, err
	}
	byTarget := make(map[string]int, len(rows))
	for _, r := range rows {
		byTarget[string(r.Target)] = r.Tries
	}
	wrong := map[model.ID]int{}
	for i, p := range pupils {
		if n := byTarget[string(targets[i])]; n > 0 {
			wrong[p.ID] = n
		}
	}
	return wrong, nil
}

// Clear forgets, in tx, the wrong claims of today to the pupil of that name in the class.
func (t *Tries) Clear(tx *gorm.DB, classCode, name string) error {
	return tx.Where("target = ? AND day = ?", t.target(classCode, name), model.DateOf(t.store.Now())).Delete(&model.ClaimTry{}).Error
}

// Prune is the job that deletes the counts of past days.
func (t *Tries) Prune(ctx context.Context) error {
	return t.store.Prune(ctx, &model.ClaimTry{}, store.Where("id < ?", model.IDAt(t.store.Now().Add(-48*time.Hour))))
}
