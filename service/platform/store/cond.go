package store

import (
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
)

// Cond is a condition on rows, to be joined with others by All and Any and
// given to Where. Its SQL names the columns that its maker was told to use. The
// zero Cond keeps no rows, so that a condition that was forgotten shows nothing.
type Cond struct {
	sql  string
	args []any
}

// Where is the condition that the SQL says, with the arguments for its question marks.
func Where(sql string, args ...any) Cond { return Cond{sql: sql, args: args} }

// Nothing keeps no rows.
func Nothing() Cond { return Cond{} }

// None reports whether the condition keeps no rows, whatever they hold.
func (c Cond) None() bool { return c.sql == "" }

// All keeps the rows that meet each of the conditions.
func All(conds ...Cond) Cond {
	for _, c := range conds {
		if c.None() {
			return Nothing()
		}
	}
	return join(" AND ", conds)
}

// Any keeps the rows that meet at least one of the conditions.
func Any(conds ...Cond) Cond {
	var some []Cond
	for _, c := range conds {
		if !c.None() {
			some = append(some, c)
		}
	}
	return join(" OR ", some)
}

// Not keeps the rows that do not meet the condition.
func Not(c Cond) Cond {
	if c.None() {
		return Where("1 = 1")
	}
	return Where("NOT ("+c.sql+")", c.args...)
}

func join(by string, conds []Cond) Cond {
	if len(conds) == 1 {
		return conds[0]
	}
	var joined Cond
	parts := make([]string, len(conds))
	for i, c := range conds {
		parts[i] = "(" + c.sql + ")"
		joined.args = append(joined.args, c.args...)
	}
	joined.sql = strings.Join(parts, by)
	return joined
}

// Build implements clause.Expression, so that Where takes the condition.
func (c Cond) Build(b clause.Builder) {
	if c.None() {
		_, _ = b.WriteString("1 = 0")
		return
	}
	clause.Expr{SQL: "(" + c.sql + ")", Vars: c.args}.Build(b)
}

// Scope is the condition as a scope of GORM.
func (c Cond) Scope(db *gorm.DB) *gorm.DB { return db.Where(c) }

// In keeps the rows whose column is one of the ids.
func In(column string, ids []model.ID) Cond {
	if len(ids) == 0 {
		return Nothing()
	}
	return Where(column+" IN ?", ids)
}

// InQuery keeps the rows whose column is among the values that the query
// selects. The query is one of GORM's that has not run.
func InQuery(column string, query *gorm.DB) Cond { return Where(column+" IN (?)", query) }

// Below keeps the rows whose column names a unit at or below one of the units.
// No units keep no rows.
func Below(column string, units []model.ID) Cond {
	if len(units) == 0 {
		return Nothing()
	}
	return Where(column+" IN (SELECT unit_id FROM unit_closure WHERE ancestor_id IN ?)", units)
}

// Above keeps the rows whose column names a unit at or above one of the units:
// what a town publishes is there for its classes. No units keep no rows.
func Above(column string, units []model.ID) Cond {
	if len(units) == 0 {
		return Nothing()
	}
	return Where(column+" IN (SELECT ancestor_id FROM unit_closure WHERE unit_id IN ?)", units)
}

// When is the condition where it applies, and else keeps all rows: for a filter that may not be asked for.
func When(applies bool, sql string, args ...any) Cond {
	if !applies {
		return Where("1 = 1")
	}
	return Where(sql, args...)
}
