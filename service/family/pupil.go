package family

import (
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Pupils is a query over pupils under the alias p, whoever they are: on a
// roster or departed. Callers join their own tables to it, name its columns as
// p.id, p.class_id, p.name, p.account_id and p.birth_date, and read it by Scan.
func Pupils(db *gorm.DB) *gorm.DB { return db.Table("pupils AS p") }

// OnRoster keeps the pupils p who are on the roster of a class now.
func OnRoster() store.Cond { return store.Where("p.departed_at IS NULL") }

// Enrolled is Pupils of those who are on the roster of a class now.
func Enrolled(db *gorm.DB) *gorm.DB { return Pupils(db).Where(OnRoster()) }

// InClasses keeps the pupils p of the classes, be they on the roster or departed.
func InClasses(classes []model.ID) store.Cond { return store.In("p.class_id", classes) }

// InClassesBelow keeps the rows whose column names a pupil, on the roster or
// departed, of a class at or below one of the units. No units keep no rows.
func InClassesBelow(column string, units []model.ID) store.Cond {
	return store.Where(column+" IN (SELECT p.id FROM pupils AS p WHERE ?)", store.Below("p.class_id", units))
}

// SinceOwn keeps the rows whose column names the pupil whose own account it is
// and that were made since it is: an account that has just been bound, perhaps
// wrongly, learns nothing of before.
func SinceOwn(pupilColumn, madeColumn string, account model.ID) store.Cond {
	return store.Where("EXISTS (SELECT 1 FROM pupils AS p WHERE p.id = "+pupilColumn+" AND p.account_id = ? AND (p.account_since IS NULL OR p.account_since <= "+madeColumn+"))", account)
}

// JoinPupil joins, under the alias p, the pupil whom the column names.
func JoinPupil(column string) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB { return db.Joins("JOIN pupils AS p ON p.id = " + column) }
}

// LeftJoinPupil is JoinPupil for a column that may name no pupil.
func LeftJoinPupil(column string) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB { return db.Joins("LEFT JOIN pupils AS p ON p.id = " + column) }
}

// ClassOf is a query for the class of one pupil, for conditions of the form
// column IN (query) or column = (query).
func ClassOf(db *gorm.DB, pupil model.ID) *gorm.DB {
	return Pupils(db).Where("p.id = ?", pupil).Select("p.class_id")
}

// Pupil returns the pupil p whom the conditions keep, of that id, or pupil_not_found.
func Pupil(db *gorm.DB, id model.ID, conds ...store.Cond) (model.Pupil, error) {
	pupils, err := List(db, append(conds, store.Where("p.id = ?", id))...)
	if err == nil && len(pupils) == 0 {
		return model.Pupil{}, model.NotFound("pupil")
	}
	if err != nil {
		return model.Pupil{}, err
	}
	return pupils[0], nil
}

// List returns the pupils p whom all the conditions keep, by id, with
// everything that is known of them.
func List(db *gorm.DB, conds ...store.Cond) ([]model.Pupil, error) {
	var pupils []model.Pupil
	err := Pupils(db).Where(store.All(conds...)).Order("p.id").Scan(&pupils).Error
	return pupils, err
}

// Numbers returns the pupils on the rosters of the classes with nothing but their class
// and their sealed student number.
func Numbers(db *gorm.DB, classes []model.ID) ([]model.Pupil, error) {
	return store.InParts(classes, func(part []model.ID, pupils *[]model.Pupil) error {
		return Enrolled(db).Where(InClasses(part)).Select("p.id, p.class_id, p.student_no").Scan(pupils).Error
	})
}

// Names returns the names of the pupils p whom all the conditions keep, by id.
func Names(db *gorm.DB, conds ...store.Cond) (map[model.ID]string, error) {
	var rows []struct {
		ID   model.ID
		Name string
	}
	err := Pupils(db).Where(store.All(conds...)).Select("p.id, p.name").Scan(&rows).Error
	names := make(map[model.ID]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// Locked are pupils whom a transaction has locked, by id: their class and when
// they departed, and nothing else.
type Locked map[model.ID]model.Pupil

// Lock locks the pupils in the order of their ids. Unknown ids are left out.
func Lock(st *store.Store, tx *gorm.DB, ids []model.ID) (Locked, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	locked := make(Locked, len(ids))
	pupils, err := store.InParts(ids, func(part []model.ID, pupils *[]model.Pupil) error {
		return st.ForUpdate(tx).Select("id", "class_id", "departed_at").Where("id IN ?", part).Order("id").Find(pupils).Error
	})
	for _, p := range pupils {
		locked[p.ID] = p
	}
	return locked, err
}

// LockRoster locks the pupils on the roster of the class and returns their ids in order.
func LockRoster(st *store.Store, tx *gorm.DB, class model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := st.ForUpdate(tx.Model(&model.Pupil{})).Where("class_id = ? AND departed_at IS NULL", class).Order("id").Pluck("id", &ids).Error
	return ids, err
}
