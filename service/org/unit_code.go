package org

import (
	"crypto/rand"
	"math/big"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// codeLetters leaves out what is mistaken for something else in print or by ear: 0 O 1 I L.
const codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeLength gives 31^8, some 850 thousand million codes: nobody finds a class by trying.
const codeLength = 8

// newCode draws a code at random.
func newCode() (string, error) {
	b := make([]byte, codeLength)
	n := big.NewInt(int64(len(codeLetters)))
	for i := range b {
		k, err := rand.Int(rand.Reader, n)
		if err != nil {
			return "", err
		}
		b[i] = codeLetters[k.Int64()]
	}
	return string(b), nil
}

// codeTries is how often codes are drawn anew when one is taken.
const codeTries = 3

// insertUnits writes new units, which must have their ids and parents, with
// codes and their lines of the closure. above gives the ids of the units above
// one. A taken name is a duplicate-key error.
func (s *Service) insertUnits(tx *gorm.DB, units []model.Unit, above func(model.Unit) []model.ID) error {
	var err error
	for range codeTries {
		for i := range units {
			if units[i].Code, err = newCode(); err != nil {
				return err
			}
		}
		if err = tx.CreateInBatches(units, insertChunk).Error; !store.IsDuplicate(err) {
			break
		}
		// Earlier batches of this try stand: the next one must start clean.
		ids := make([]model.ID, len(units))
		for i, u := range units {
			ids[i] = u.ID
		}
		if cleared := tx.Where("id IN ?", ids).Delete(&model.Unit{}).Error; cleared != nil {
			return cleared
		}
	}
	if err != nil {
		return err
	}
	var lines []model.UnitAncestor
	for _, u := range units {
		lines = append(lines, model.UnitAncestor{AncestorID: u.ID, UnitID: u.ID})
		for _, id := range above(u) {
			lines = append(lines, model.UnitAncestor{AncestorID: id, UnitID: u.ID})
		}
	}
	return tx.CreateInBatches(lines, insertChunk).Error
}
