package message

import (
	"maps"
	"slices"
)

// TitledTemplate is a template with the title of what it carries.
type TitledTemplate struct {
	ID, Title string
	Head      string   // a title that may lie open on a phone
	Official  bool     // the official account's, else the mini-program's
	Fields    []string // the keywords that are filled, sorted
}

// Titled lists the templates by kind, the mini-program's first.
func (t Templates) Titled() []TitledTemplate {
	var list []TitledTemplate
	for _, name := range Kinds() {
		if c := t.miniProgram(name); c != nil {
			list = append(list, TitledTemplate{ID: c.ID, Title: kinds[name].title, Head: heads[kinds[name].status], Fields: slices.Sorted(maps.Keys(c.Fields))})
		}
	}
	for _, name := range Kinds() {
		if c := t.official(name); c != nil {
			list = append(list, TitledTemplate{ID: c.ID, Title: kinds[name].title, Head: heads[kinds[name].status], Official: true, Fields: slices.Sorted(maps.Keys(c.Fields))})
		}
	}
	return list
}
