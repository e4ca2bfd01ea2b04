package vault

import (
	"context"
	"encoding/binary"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// resealBatch bounds the rows of one transaction of Reseal.
const resealBatch = 100

// Column is where the sealed values of one field lie. The owner of the table names it.
type Column struct {
	// Table has the sealed values, or nothing, in the column Value.
	Table, Value string
	// ID is the column whose value a seal is bound to.
	ID string
	// Part is the second column of the primary key, where ID is not the whole of it.
	Part string
	// Field names the field as Seal was told it; for a table with parts, that of the part.
	Field func(part int) string
}

// Field is the Column.Field of a table without parts.
func Field(name string) func(int) string { return func(int) string { return name } }

type sealedRow struct {
	ID    model.ID
	Part  int
	Value []byte
}

// outdated are the rows that another key than the primary one sealed.
func (v *Vault) outdated(db *gorm.DB, c Column) *gorm.DB {
	prefix := binary.BigEndian.AppendUint32([]byte{tinkPrefix}, v.primary)
	value := clause.Column{Name: c.Value}
	return db.Table(c.Table).Where("LENGTH(?) > 0 AND SUBSTR(?, 1, ?) <> ?", value, value, len(prefix), prefix)
}

// Outdated counts the values that need an older key than the one that seals now.
func (v *Vault) Outdated(ctx context.Context, st *store.Store, columns []Column) (int64, error) {
	var all int64
	for _, c := range columns {
		var n int64
		if err := v.outdated(st.Read(ctx), c).Count(&n).Error; err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

// Reseal seals anew, with the primary key, whatever an older key sealed, and
// returns how many values it was. It may run beside the system, and again after
// it was interrupted: a value that somebody changes in the meantime stays as it
// was changed. It stops at a value that does not open; the error wraps ErrUnseal.
func (v *Vault) Reseal(ctx context.Context, st *store.Store, columns []Column) (resealed int, err error) {
	for _, c := range columns {
		for last, more := (sealedRow{Part: -1}), true; more; {
			var rows []sealedRow
			if rows, err = v.nextOutdated(st.Read(ctx), c, last); err != nil {
				return resealed, err
			}
			n, err := v.resealRows(ctx, st, c, rows)
			resealed += n
			if err != nil {
				return resealed, fmt.Errorf("reseal %s.%s: %w", c.Table, c.Value, err)
			}
			if more = len(rows) == resealBatch; more {
				last = rows[len(rows)-1]
			}
		}
	}
	return resealed, nil
}

func (v *Vault) nextOutdated(db *gorm.DB, c Column, last sealedRow) (rows []sealedRow, err error) {
	id, part := clause.Column{Name: c.ID}, clause.Column{Name: c.Part}
	q := v.outdated(db, c)
	if c.Part == "" {
		q = q.Select("? AS id, ? AS value", id, clause.Column{Name: c.Value}).Where("? > ?", id, last.ID).Order(clause.OrderByColumn{Column: id})
	} else {
		q = q.Select("? AS id, ? AS part, ? AS value", id, part, clause.Column{Name: c.Value}).
			Where("(?, ?) > (?, ?)", id, part, last.ID, last.Part).Order(clause.OrderByColumn{Column: id}).Order(clause.OrderByColumn{Column: part})
	}
	return rows, q.Limit(resealBatch).Scan(&rows).Error
}

func (v *Vault) resealRows(ctx context.Context, st *store.Store, c Column, rows []sealedRow) (resealed int, err error) {
	fresh := make([][]byte, len(rows))
	for i, row := range rows {
		field := c.Field(row.Part)
		plaintext, err := v.Unseal(field, row.ID, row.Value)
		if err != nil {
			return 0, err
		}
		if fresh[i], err = v.Seal(field, row.ID, plaintext); err != nil {
			return 0, err
		}
	}
	err = st.Tx(ctx, func(tx *gorm.DB) error {
		resealed = 0
		for i, row := range rows {
			q := tx.Table(c.Table).Where("? = ? AND ? = ?", clause.Column{Name: c.ID}, row.ID, clause.Column{Name: c.Value}, row.Value)
			if c.Part != "" {
				q = q.Where("? = ?", clause.Column{Name: c.Part}, row.Part)
			}
			res := q.Update(c.Value, fresh[i])
			if res.Error != nil {
				return res.Error
			}
			resealed += int(res.RowsAffected)
		}
		return nil
	})
	return resealed, err
}
