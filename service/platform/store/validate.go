package store

import (
	"reflect"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"xinyu/model"
)

// validator is a row that knows the rules of its columns.
type validator interface{ Validate() error }

// rowCheck is the check of rows before they are created or rewritten.
type rowCheck struct{ enums sync.Map } // the enums of each model, by its type

// validate refuses a row that its type forbids: an enum with none of its values,
// and what Validate returns. The API checks its input by the contract; this check
// does not depend on it. Updates of single columns have no row and are not checked.
func (c *rowCheck) validate(db *gorm.DB) {
	if db.Error != nil || db.Statement.Schema == nil {
		return
	}
	rows := reflect.Indirect(reflect.ValueOf(db.Statement.Dest))
	if rows.Kind() != reflect.Slice {
		c.check(db, rows)
		return
	}
	for i := range rows.Len() {
		c.check(db, reflect.Indirect(rows.Index(i)))
	}
}

func (c *rowCheck) check(db *gorm.DB, row reflect.Value) {
	if row.Type() != db.Statement.Schema.ModelType {
		return
	}
	for _, f := range c.enumsOf(db.Statement.Schema) {
		if value, zero := f.ValueOf(db.Statement.Context, row); !zero && !f.values[value] {
			_ = db.AddError(model.Invalid(f.Name, "value_unknown", "提交的内容有误，请检查后再试"))
			return
		}
	}
	if v, ok := row.Interface().(validator); ok {
		if err := v.Validate(); err != nil {
			_ = db.AddError(err)
		}
	}
}

// enum is a column of a type that lists its values.
type enum struct {
	*schema.Field
	values map[any]bool
}

func (c *rowCheck) enumsOf(s *schema.Schema) []enum {
	if known, ok := c.enums.Load(s.ModelType); ok {
		return known.([]enum) //nolint:forcetypeassert // nothing else is stored there
	}
	var found []enum
	for _, f := range s.Fields {
		list := reflect.Zero(f.FieldType).MethodByName("Values")
		if f.FieldType.Kind() != reflect.String || !list.IsValid() {
			continue
		}
		e, values := enum{Field: f, values: map[any]bool{}}, list.Call(nil)[0]
		for i := range values.Len() {
			e.values[values.Index(i).Interface()] = true
		}
		found = append(found, e)
	}
	c.enums.Store(s.ModelType, found)
	return found
}
