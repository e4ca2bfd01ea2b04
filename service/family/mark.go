package family

import (
	"strings"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

// Marks tell staff the pupils of one name in a class apart. It is safe for
// concurrent use.
type Marks struct{ vault *vault.Vault }

// NewMarks makes Marks.
func NewMarks(v *vault.Vault) Marks { return Marks{v} }

// markedSigns is how much of a student number a mark shows.
const markedSigns = 4

// Of returns, of those of the pupils who share name and class with another on the
// roster, what tells them apart: the last signs of the student number and the
// month of birth, such as "尾号0012 · 3月生". It is for staff only.
func (m Marks) Of(db *gorm.DB, pupils []model.ID) (map[model.ID]string, error) {
	rows, err := store.InParts(pupils, func(part []model.ID, rows *[]model.Pupil) error {
		return Pupils(db).Where(store.In("p.id", part)).
			Where("EXISTS (SELECT 1 FROM pupils AS q WHERE q.class_id = p.class_id AND q.name = p.name AND q.id <> p.id AND q.departed_at IS NULL)").
			Select("p.id, p.birth_date, p.student_no").Scan(rows).Error
	})
	if err != nil {
		return nil, err
	}
	marks := make(map[model.ID]string, len(rows))
	for _, p := range rows {
		no, err := m.vault.Unseal(model.StudentNoField, p.ID, p.StudentNo)
		if err != nil {
			return nil, err
		}
		marks[p.ID] = mark(no, p.BirthDate)
	}
	return marks, nil
}

func mark(no string, birth model.Date) string {
	parts := []string{"没有学籍号"}
	if no != "" {
		parts[0] = "尾号" + no[max(len(no)-markedSigns, 0):]
	}
	if len(birth) == len("2006-01-02") {
		parts = append(parts, strings.TrimPrefix(string(birth[5:7]), "0")+"月生")
	}
	return strings.Join(parts, " · ")
}
