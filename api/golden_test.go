package api

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// golden compares got with a checked-in file, or rewrites it with -update.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "make generate writes it")
	require.Equal(t, string(want), string(got), "look at the difference and, where it is meant, run make generate and commit what it writes")
}

// Every change of who may call what shows as a difference of this file.
func TestTheRoutesTableIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	lines := make([]string, len(w.server.rest.Table))
	for i, r := range w.server.rest.Table {
		lines[i] = fmt.Sprintf("%-6s %-50s %s\n", r.Method, r.Path, r.Access.Name)
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Or(strings.Compare(a[7:], b[7:]), strings.Compare(a, b)) })
	golden(t, "testdata/routes.golden", []byte(strings.Join(lines, "")))
}

// Clients' types are generated from this file.
func TestTheOpenAPIDocumentIsTheCheckedInOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	document, err := w.server.OpenAPI()
	require.NoError(t, err)
	golden(t, "openapi.json", document)
}

func TestARouteWithoutAccessStopsTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	line := rest.Get("/open-by-oversight", rest.Access{}, "", w.server.listHotlines)
	require.PanicsWithValue(t, "api: GET /open-by-oversight has no access", func() { w.server.rest.Mount(rest.Section{Lines: []rest.Route{line}}) })
}

// huma reads a model.ID in a path or a query as a number and then refuses it as no string.
func TestARouteThatCanNotReadItsIDStopsTheStart(t *testing.T) {
	t.Parallel()
	type Input struct {
		ID model.ID `path:"id"`
	}
	type embedding struct{ Input }
	h := func(context.Context, model.Actor, *embedding) (rest.None, error) { return rest.None{}, nil }
	require.PanicsWithValue(t, "api: Input.ID must be an IDParam", func() { rest.Get("/things/{id}", rest.Anyone, "", h) })
	type unexported struct {
		ID store.IDParam `path:"id"`
	}
	type hiding struct{ unexported }
	passedOver := func(context.Context, model.Actor, *hiding) (rest.None, error) { return rest.None{}, nil }
	require.PanicsWithValue(t, "api: hiding embeds unexported, which huma passes over: export it", func() { rest.Get("/things/{id}", rest.Anyone, "", passedOver) })
}
