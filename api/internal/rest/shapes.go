package rest

import (
	"fmt"
	"reflect"

	"xinyu/model"
)

// NoInput is the input of a call that needs none.
type NoInput struct{}

// None is the response of a call that returns nothing: 204.
type None struct{}

// RequestKey is the header of writes that a phone may repeat.
type RequestKey struct {
	Key string `header:"Idempotency-Key" doc:"At most 64 characters; the same key and content give the same response again"`
}

// List is the response of a call that lists all there is; store.Page is that of a
// list that may be long.
type List[T any] struct {
	Items []T `json:"items"`
}

// ListOf returns all items in one list.
func ListOf[T any](items []T, err error) (List[T], error) {
	if items == nil {
		items = []T{}
	}
	return List[T]{Items: items}, err
}

// OrLater is the response of a call that does at once what it is for or, where
// Later is set, notes it for later and returns that with 202.
type OrLater[Now, Later any] struct {
	Now   Now
	Later *Later
}

// twofold is what any OrLater is.
type twofold interface {
	// chosen returns the response, and whether it is the later one.
	chosen() (response any, later bool)
	types() (now, later reflect.Type)
}

func (r OrLater[Now, Later]) chosen() (any, bool) {
	if r.Later != nil {
		return *r.Later, true
	}
	return r.Now, false
}

func (OrLater[Now, Later]) types() (now, later reflect.Type) {
	return reflect.TypeFor[Now](), reflect.TypeFor[Later]()
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
			panic(fmt.Sprintf("api: %s.%s must be an IDParam", in.Name(), f.Name))
		}
	}
}
