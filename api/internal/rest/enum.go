package rest

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Enum is a type with a few values.
type Enum struct{ of, schema reflect.Type }

// EnumOf registers a type whose zero value lists all values.
func EnumOf[T interface{ Values() []T }]() Enum {
	return Enum{of: reflect.TypeFor[T](), schema: reflect.TypeFor[enum[T]]()}
}

// enum stands for T in the contract and where inputs are checked.
type enum[T interface{ Values() []T }] struct{}

// Schema implements huma.SchemaProvider.
func (enum[T]) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range (*new(T)).Values() {
		s.Enum = append(s.Enum, reflect.ValueOf(v).String())
	}
	return s
}
