package notify

import (
	"maps"
	"slices"
)

// TitledTemplate is a template with the title of what it carries.
type TitledTemplate struct {
	ID, Title string
	Official  bool     // the official account's, else the mini-program's
	Fields    []string // the keywords that are filled, sorted
}

// Titled lists the templates by kind, the mini-program's first.
func (t Templates) Titled() []TitledTemplate {
	var list []TitledTemplate
	for _, name := range Kinds() {
		if c := t.miniProgram(name); c != nil {
			list = append(list, TitledTemplate{ID: c.ID, Title: kinds[name].title, Fields: slices.Sorted(maps.Keys(c.Fields))})
		}
	}
	for _, name := range Kinds() {
		if c := t.official(name); c != nil {
			list = append(list, TitledTemplate{ID: c.ID, Title: kinds[name].title, Official: true, Fields: slices.Sorted(maps.Keys(c.Fields))})
		}
	}
	return list
}
