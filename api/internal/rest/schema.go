package rest

import (
	"path"
	"reflect"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// instant stands for time.Time in the contract and where inputs are checked.
type instant struct{}

// Schema implements huma.SchemaProvider. Databases hold no year 0 and none
// after 9999; the clock of a phone may have fallen back to 1970.
func (instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Pattern: `^(19|20)\d\d-`}
}

// generic matches the name of an instantiated type: Page[xinyu/service/lesson.View].
var generic = regexp.MustCompile(`^(\w+)\[(?:.*/)?(\w+)\.(\w+)\]$`)

// schemaName names the schema of a type after its domain: lesson.View is
// LessonView, a page of it LessonViewPage. Types of no
// domain need no prefix.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if m := generic.FindStringSubmatch(t.Name()); m != nil {
		return domainPrefix(m[2]) + upperFirst(m[3]) + upperFirst(m[1])
	}
	return domainPrefix(path.Base(t.PkgPath())) + huma.DefaultSchemaNamer(t, hint)
}

func domainPrefix(pkg string) string {
	switch pkg {
	case "api", "rest", "service", "model", ".", "time":
		return ""
	case "alert", "calls":
		return "Support"
	}
	return upperFirst(pkg)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
