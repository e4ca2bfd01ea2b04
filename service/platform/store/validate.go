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

// validate refuses, before a row is created or rewritten, what its type forbids:
// a member of an enum that is none of its values, and what Validate says. The
// API checks its input by the contract; this holds for whatever has passed by it.
// Updates of single columns carry no row, and are not looked at.
func validate(db *gorm.DB) {
	if db.Error != nil || db.Statement.Schema == nil {
		return
	}
	rows := reflect.Indirect(reflect.ValueOf(db.Statement.Dest))
	if rows.Kind() != reflect.Slice {
		check(db, rows)
		return
	}
	for i := range rows.Len() {
		check(db, reflect.Indirect(rows.Index(i)))
	}
}

func check(db *gorm.DB, row reflect.Value) {
	if row.Type() != db.Statement.Schema.ModelType {
		return
	}
	for _, f := range enumsOf(db.Statement.Schema) {
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

// enums are those of each model, by its type.
var enums sync.Map

func enumsOf(s *schema.Schema) []enum {
	if known, ok := enums.Load(s.ModelType); ok {
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
	enums.Store(s.ModelType, found)
	return found
}
