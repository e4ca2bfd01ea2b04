package api

import (
	"fmt"
	"reflect"

	"xinyu/model"
)

// noInput is the input of a call that needs none.
type noInput struct{}

// idParam is an id in a path or a query, where huma would read a model.ID as
// a number. In a body model.ID itself is right.
type idParam struct{ model.ID }

// IDInput is the input of a call on one thing.
type IDInput struct {
	ID idParam `path:"id"`
}

// mustReadIDs panics for an input that huma would not read whole: one whose
// path or query holds a plain model.ID, or that embeds an unexported struct.
func mustReadIDs(in reflect.Type) {
	for i := range in.NumField() {
		f := in.Field(i)
		if f.Anonymous && !f.IsExported() {
			panic(fmt.Sprintf("api: %s embeds %s, which huma passes over: export it", in.Name(), f.Name))
		}
		if (f.Anonymous || f.Name == "Body") && f.Type.Kind() == reflect.Struct {
			mustReadIDs(f.Type)
		}
		if f.Tag.Get("path")+f.Tag.Get("query") != "" && f.Type == reflect.TypeFor[model.ID]() {
			panic(fmt.Sprintf("api: %s.%s must be an idParam", in.Name(), f.Name))
		}
	}
}

// list is the answer of a call that lists all there is; store.Page is that of a
// list that may be long.
type list[T any] struct {
	Items []T `json:"items"`
}

// listOf answers all items in one list.
func listOf[T any](items []T, err error) (list[T], error) {
	if items == nil {
		items = []T{}
	}
	return list[T]{Items: items}, err
}
