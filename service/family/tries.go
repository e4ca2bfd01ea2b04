package family

import (
	"bytes"
	"context"
	"slices"
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

// Tries counts wrong claims by the class code with the name, and by the class code
// with the number, that were typed, over all accounts: neither numbers are tried to a
// name, nor names to a number. It counts them whether or not there is such a pupil. The
// counts are in SQL: an attacker with access to Redis could delete them there. It is
// safe for concurrent use.
type Tries struct {
	store *store.Store
	vault *vault.Vault
}

// NewTries makes Tries.
func NewTries(st *store.Store, v *vault.Vault) *Tries { return &Tries{store: st, vault: v} }

// Try is a claim that was allowed.
type Try struct {
	targets [][]byte
	day     model.Date
	last    bool
}

// Last reports whether it was the last of the day to the name or to the number.
func (t Try) Last() bool { return t.last }

// byName and byNumber are by what tries are counted. number is the hash by which its
// pupil is found.
func (t *Tries) byName(classCode, name string) []byte {
	return t.vault.LookupHash("claim_tries.target", classCode+"\x00"+model.NameKey(name))
}

func (t *Tries) byNumber(classCode string, number []byte) []byte {
	return t.vault.LookupHash("claim_tries.number", classCode+"\x00"+string(number))
}

// targets are both, in the order in which their rows are locked.
func (t *Tries) targets(classCode, name string, number []byte) [][]byte {
	both := [][]byte{t.byName(classCode, name), t.byNumber(classCode, number)}
	slices.SortFunc(both, bytes.Compare)
	return both
}

// Take takes a try before the claim is checked, so that claims made at one
// moment get no more of them. Where none is left the error is child_tries_spent.
func (t *Tries) Take(ctx context.Context, classCode, name string, number []byte) (Try, error) {
	now := t.store.Now()
	day := model.DateOf(now)
	try := Try{targets: t.targets(classCode, name, number), day: day}
	spent := model.TooMany("child_tries_spent", day.AddDays(1).Start().Sub(now))
	n, err := try.most(t.store.Read(ctx))
	if err != nil {
		return Try{}, err
	}
	if n >= TriesPerDay { // so that whoever goes on writes nothing
		return Try{}, spent
	}
	err = t.store.Tx(ctx, func(tx *gorm.DB) error {
		for _, target := range try.targets {
			row := model.ClaimTry{ID: t.store.NewID(), Target: target, Day: day, Tries: 1}
			err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "target"}, {Name: "day"}},
				DoUpdates: clause.Assignments(map[string]any{"tries": gorm.Expr("claim_tries.tries + 1")})}).Create(&row).Error
			if err != nil {
				return err
			}
		}
		n, err := try.most(tx)
		if err == nil && n > TriesPerDay {
			err = spent
		}
		try.last = n == TriesPerDay
		return err
	})
	return try, err
}

// most returns how often the one of its targets that was tried more often was.
func (t Try) most(db *gorm.DB) (most int, err error) {
	var tries []int
	err = db.Model(&model.ClaimTry{}).Where("target IN ? AND day = ?", t.targets, t.day).Pluck("tries", &tries).Error
	for _, n := range tries {
		most = max(most, n)
	}
	return most, err
}

// GiveBack returns the try of a claim that was right. Where it was the only one, no row stays.
func (t *Tries) GiveBack(ctx context.Context, try Try) error {
	return t.store.Tx(ctx, func(tx *gorm.DB) error {
		for _, target := range try.targets {
			ofDay := tx.Where("target = ? AND day = ?", target, try.day).Session(&gorm.Session{})
			if err := ofDay.Model(&model.ClaimTry{}).Where("tries > 0").Update("tries", gorm.Expr("tries - 1")).Error; err != nil {
				return err
			}
			if err := ofDay.Where("tries = 0").Delete(&model.ClaimTry{}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// Wrong returns how many wrong claims there were today to each of the pupils of
// the class, by name or by number, by id. Pupils without any are left out.
func (t *Tries) Wrong(db *gorm.DB, classCode string, pupils []model.Pupil) (map[model.ID]int, error) {
	targets := make([][]byte, 0, 2*len(pupils))
	for _, p := range pupils {
		targets = append(targets, t.byName(classCode, p.Name), t.byNumber(classCode, p.StudentNoHash))
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
		if n := byTarget[string(targets[2*i])] + byTarget[string(targets[2*i+1])]; n > 0 {
			wrong[p.ID] = n
		}
	}
	return wrong, nil
}

// Clear forgets, in tx, the wrong claims of today to the pupil in the class.
func (t *Tries) Clear(tx *gorm.DB, classCode string, pupil model.Pupil) error {
	targets := t.targets(classCode, pupil.Name, pupil.StudentNoHash)
	return tx.Where("target IN ? AND day = ?", targets, model.DateOf(t.store.Now())).Delete(&model.ClaimTry{}).Error
}

// Prune is the job that deletes the counts of past days.
func (t *Tries) Prune(ctx context.Context) error {
	return t.store.Prune(ctx, &model.ClaimTry{}, store.Where("id < ?", model.IDAt(t.store.Now().Add(-48*time.Hour))))
}
