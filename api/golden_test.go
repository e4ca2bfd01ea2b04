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

	"xinyu/model"
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
	require.NoError(t, err, "go test ./api -update makes it")
	require.Equal(t, string(want), string(got), "look at the difference and, where it is meant, run go test ./api -update")
}

// Every change of who may call what shows as a difference of this file.
func TestTheRoutesTableIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	lines := make([]string, len(w.server.table))
	for i, r := range w.server.table {
		lines[i] = fmt.Sprintf("%-6s %-50s %s\n", r.method, r.path, r.who.name)
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
	line := get("/open-by-oversight", access{}, "", w.server.listLogins)
	require.PanicsWithValue(t, "api: GET /open-by-oversight has no access", func() { w.server.mount(line) })
}

// huma reads a model.ID in a path or a query as a number and then refuses it as no string.
func TestARouteThatCanNotReadItsIDStopsTheStart(t *testing.T) {
	t.Parallel()
	type Input struct {
		ID model.ID `path:"id"`
	}
	type embedding struct{ Input }
	h := func(context.Context, model.Actor, *embedding) (none, error) { return none{}, nil }
	require.PanicsWithValue(t, "api: Input.ID must be an idParam", func() { get("/things/{id}", anyone, "", h) })
	type unexported struct {
		ID idParam `path:"id"`
	}
	type hiding struct{ unexported }
	passedOver := func(context.Context, model.Actor, *hiding) (none, error) { return none{}, nil }
	require.PanicsWithValue(t, "api: hiding embeds unexported, which huma passes over: export it", func() { get("/things/{id}", anyone, "", passedOver) })
}
