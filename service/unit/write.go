package unit

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// insertChunk bounds the rows of one insert: the time of SQLite's driver grows
// with the square of the values in a statement. countsChunk bounds the
// classes of one statement that gives each its own number: the database goes
// through the list once for each of them.
const (
	insertChunk = 200
	countsChunk = 200
)

// LockTree locks the tree in which the unit stands until the transaction ends,
// so that changes of the tree and of rosters come one after the other.
func LockTree(st *store.Store, tx *gorm.DB, id model.ID) error {
	root, err := RootOf(tx, id)
	if err != nil {
		return err
	}
	_, err = Get(st.ForUpdate(tx), root.ID)
	return err
}

// Insert writes new units, which must have their ids and parents, with codes
// and their places in the tree. above returns the ids of all units above one.
// A taken name is a duplicate-key error.
func Insert(tx *gorm.DB, units []model.Unit, above func(unit model.ID) []model.ID) error {
	prepare(units)
	err := withCodes(func(code func() (string, error)) (err error) {
		for i := range units {
			if units[i].Code, err = code(); err != nil {
				return err
			}
		}
		err = tx.CreateInBatches(units, insertChunk).Error
		if !store.IsDuplicate(err) {
			return err
		}
		// Earlier batches of this try stand: the next one must start clean.
		if cleared := tx.Where("id IN ?", idsOf(units)).Delete(&model.Unit{}).Error; cleared != nil {
			return cleared
		}
		return err
	})
	if err != nil {
		return err
	}
	return store.AddToTree(tx, idsOf(units), above)
}

// InsertWithCodes is Insert for units that have their codes already, such as
// the demo's.
func InsertWithCodes(tx *gorm.DB, units []model.Unit, above func(unit model.ID) []model.ID) error {
	prepare(units)
	if err := tx.CreateInBatches(units, insertChunk).Error; err != nil {
		return err
	}
	return store.AddToTree(tx, idsOf(units), above)
}

// prepare gives new units their first version and the keys by which they are listed.
func prepare(units []model.Unit) {
	for i := range units {
		units[i].Version = 1
		units[i].CountingKey = model.CountingKey(units[i].Name)
	}
}

// FillCountingKeys is a job that gives their keys to units that an earlier
// version of the program has written.
func FillCountingKeys(ctx context.Context, st *store.Store) error {
	for {
		rows, err := List(st.Read(ctx), insertChunk, store.Where("units.counting_key = ''"))
		if err != nil || len(rows) == 0 {
			return err
		}
		err = st.Tx(ctx, func(tx *gorm.DB) error {
			for _, u := range rows {
				if err := tx.Model(&model.Unit{}).Where("id = ? AND name = ?", u.ID, u.Name).Update("counting_key", model.CountingKey(u.Name)).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func idsOf(units []model.Unit) []model.ID {
	return store.Each(units, func(u model.Unit) model.ID { return u.ID })
}

// next is the version after a change of what people see of a unit.
func next() any { return gorm.Expr("version + 1") }

// Rename gives the unit another name. A taken one is a duplicate-key error.
func Rename(tx *gorm.DB, id model.ID, name string) error {
	return tx.Model(&model.Unit{}).Where("id = ?", id).
		Updates(map[string]any{"name": name, "counting_key": model.CountingKey(name), "version": next()}).Error
}

// SetConfirmClaims writes whether a claim to a pupil at or below the unit waits
// for a teacher; nil leaves it to the unit above.
func SetConfirmClaims(tx *gorm.DB, id model.ID, confirm *bool) error {
	return tx.Model(&model.Unit{}).Where("id = ?", id).Update("confirm_claims", confirm).Error
}

// Archive takes the unit and all below it out of use.
func Archive(tx *gorm.DB, id model.ID, at time.Time) error {
	return tx.Model(&model.Unit{}).Where(store.All(Below(id), InUse())).Updates(map[string]any{"archived_at": at, "version": next()}).Error
}

// ArchiveEmpty takes those of the classes out of use that have no pupils.
func ArchiveEmpty(tx *gorm.DB, ids []model.ID, at time.Time) error {
	return tx.Model(&model.Unit{}).Where("id IN ? AND pupil_count = 0", ids).Where(InUse()).Update("archived_at", at).Error
}

// Reopen takes archived units into use again.
func Reopen(tx *gorm.DB, ids []model.ID) error {
	for part := range slices.Chunk(ids, lookupChunk) {
		if err := tx.Model(&model.Unit{}).Where("id IN ?", part).Updates(map[string]any{"archived_at": nil, "version": next()}).Error; err != nil {
			return err
		}
	}
	return nil
}

// ReplaceCode gives the unit a new code, and returns it.
func ReplaceCode(tx *gorm.DB, id model.ID) (code string, err error) {
	err = withCodes(func(draw func() (string, error)) error {
		if code, err = draw(); err != nil {
			return err
		}
		return tx.Model(&model.Unit{}).Where("id = ?", id).Updates(map[string]any{"code": code, "version": next()}).Error
	})
	return code, err
}

// SetPupilCount writes the number of pupils on the roster of the class.
func SetPupilCount(tx *gorm.DB, class model.ID, count int) error {
	return tx.Model(&model.Unit{}).Where("id = ?", class).Update("pupil_count", count).Error
}

// AddPupils changes the classes' numbers of pupils, in the order of their ids.
func AddPupils(tx *gorm.DB, counts map[model.ID]int) error {
	classes := make([]model.ID, 0, len(counts))
	for id, n := range counts {
		if n != 0 {
			classes = append(classes, id)
		}
	}
	slices.Sort(classes)
	for part := range slices.Chunk(classes, countsChunk) {
		args := make([]any, 0, 2*len(part)+1)
		for _, id := range part {
			args = append(args, id, counts[id])
		}
		args = append(args, part)
		err := tx.Exec("UPDATE units SET pupil_count = pupil_count + CASE id"+strings.Repeat(" WHEN ? THEN ?", len(part))+" END WHERE id IN ?", args...).Error
		if err != nil {
			return err
		}
	}
	return nil
}
