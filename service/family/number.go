package family

import (
	"bytes"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

// A pupil may have no student number yet, such as a first-grader in September.
// The row then holds a sealed empty text, and a hash that is no number's.

// NoNumberHash is what the row of a pupil without a student number has in place of its hash.
func NoNumberHash(v *vault.Vault, pupil model.ID) []byte {
	return v.LookupHash("pupils.without_number", pupil.String())
}

// HasNumber reports whether the pupil has a student number.
func HasNumber(v *vault.Vault, p model.Pupil) bool {
	return !bytes.Equal(p.StudentNoHash, NoNumberHash(v, p.ID))
}

// Number is a pupil's student number as the row holds it.
type Number struct {
	PupilID       model.ID
	StudentNo     []byte // sealed
	StudentNoHash []byte
}

// NumbersOf returns the student numbers of the pupils, in the order of their ids.
func NumbersOf(db *gorm.DB, pupils []model.ID) ([]Number, error) {
	return store.InParts(pupils, func(part []model.ID, rows *[]Number) error {
		return Pupils(db).Where(store.In("p.id", part)).Order("p.id").Select("p.id AS pupil_id, p.student_no, p.student_no_hash").Scan(rows).Error
	})
}

// Renumber gives pupils other student numbers. A number that another pupil of
// the county has is a duplicate-key error.
func Renumber(tx *gorm.DB, numbers []Number, now time.Time) error {
	for _, n := range numbers {
		err := tx.Model(&model.Pupil{}).Where("id = ?", n.PupilID).
			UpdateColumns(map[string]any{"student_no": n.StudentNo, "student_no_hash": n.StudentNoHash, "updated_at": now}).Error
		if err != nil {
			return err
		}
	}
	return nil
}
