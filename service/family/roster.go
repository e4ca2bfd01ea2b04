package family

import (
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// What an import of a roster changes of pupils. Each is one statement: whoever
// has many pupils to write calls it part by part.

// Enrol adds pupils to the rosters of their classes.
func Enrol(tx *gorm.DB, pupils []model.Pupil) error { return tx.Create(&pupils).Error }

// MoveTo puts the pupils on the roster of the class, those who have departed too.
func MoveTo(tx *gorm.DB, class model.ID, pupils []model.ID, now time.Time) error {
	return tx.Model(&model.Pupil{}).Where("id IN ?", pupils).
		UpdateColumns(map[string]any{"class_id": class, "departed_at": nil, "updated_at": now}).Error
}

// Depart takes the pupils off every roster. They keep their last class.
func Depart(tx *gorm.DB, pupils []model.ID, now time.Time) error {
	return tx.Model(&model.Pupil{}).Where("id IN ?", pupils).UpdateColumns(map[string]any{"departed_at": now, "updated_at": now}).Error
}

// unbound keeps the pupils p who have departed and to whom no account is bound,
// be it withheld or not.
func unbound() store.Cond {
	return store.Where("p.departed_at IS NOT NULL AND p.account_id IS NULL AND NOT EXISTS (SELECT 1 FROM guardianships AS g WHERE g.pupil_id = p.id)")
}

// Unbound returns those of the pupils who have departed and to whom no account is bound.
func Unbound(db *gorm.DB, pupils []model.ID) (found []model.ID, err error) {
	err = Pupils(db).Where(store.In("p.id", pupils)).Where(unbound()).Pluck("p.id", &found).Error
	return found, err
}

// FreeNumber lets another pupil have the student number of one who has departed: the
// one is found by the hash no more, which must be nobody's number. It reports false
// where the pupil is not Unbound any more.
func FreeNumber(tx *gorm.DB, pupil model.ID, hash []byte, now time.Time) (bool, error) {
	still, err := Unbound(tx, []model.ID{pupil})
	if err != nil || len(still) == 0 {
		return false, err
	}
	res := tx.Model(&model.Pupil{}).Where("id = ? AND departed_at IS NOT NULL AND account_id IS NULL", pupil).
		UpdateColumns(map[string]any{"student_no_hash": hash, "updated_at": now})
	return res.RowsAffected == 1, res.Error
}

// Correction is what a roster says of a pupil who is known.
type Correction struct {
	PupilID   model.ID
	Name      string
	Gender    model.Gender
	BirthDate model.Date
}

// Correct writes names, genders and birth dates. Its time grows with the square
// of their number: two hundred at once are good.
func Correct(tx *gorm.DB, corrections []Correction, now time.Time) error {
	cases := " CASE id" + strings.Repeat(" WHEN ? THEN ?", len(corrections)) + " END"
	ids := make([]model.ID, len(corrections))
	var names, genders, births []any
	for i, c := range corrections {
		ids[i] = c.PupilID
		names = append(names, c.PupilID, c.Name)
		genders = append(genders, c.PupilID, c.Gender)
		births = append(births, c.PupilID, c.BirthDate)
	}
	args := append(append(append(names, genders...), births...), now, ids)
	return tx.Exec("UPDATE pupils SET name ="+cases+", gender ="+cases+", birth_date ="+cases+", updated_at = ? WHERE id IN ?", args...).Error
}

// ByClasses returns the pupils of the classes, departed ones too, without their
// sealed student numbers.
func ByClasses(db *gorm.DB, classes []model.ID) ([]model.Pupil, error) {
	return rosterLines(db, InClasses(classes))
}

// ByStudentNo returns the county's pupils whose student number has one of the
// hashes, departed ones too, without their sealed student numbers. Other
// counties may have pupils of the same number: what one county writes down
// must neither block another nor reach its families.
func ByStudentNo(db *gorm.DB, county model.ID, hashes [][]byte) ([]model.Pupil, error) {
	return rosterLines(db, store.Where("p.county_id = ? AND p.student_no_hash IN ?", county, hashes))
}

func rosterLines(db *gorm.DB, cond store.Cond) ([]model.Pupil, error) {
	var pupils []model.Pupil
	err := Pupils(db).Where(cond).Select("p.id, p.class_id, p.name, p.gender, p.birth_date, p.student_no_hash, p.departed_at").Scan(&pupils).Error
	return pupils, err
}
