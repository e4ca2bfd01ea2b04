package service_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
	"gorm.io/gorm/schema"
)

// owners says which package a table belongs to. Only that package and those below it may name the
// table, in SQL or through its model: whoever needs its rows calls the owner.
var owners = map[string][]string{
	"service/platform/store":   {"unit_closure", "node_leases", "database_marks"},
	"service/platform/job":     {"jobs"},
	"service/platform/vault":   {"keyset_marks"},
	"service/platform/webhook": {"push_events"},
	"service/unit":             {"units"},
	"service/calendar":         {"calendar_days", "calendar_years"},
	"service/family":           {"pupils", "guardianships", "binding_ends", "binding_claims", "claim_tries", "consents", "consent_events", "account_phones"},
	"service/coverage":         {"coverage_facts", "coverage_tallies"},
	"service/message":          {"outbox_messages", "message_credits", "message_credit_events", "nudges", "official_followers"},
	"service/scene":            {"scenes"},
	"service/identity":         {"accounts", "login_tokens", "grants", "invite_codes"},
	"service/org":              {"roster_imports", "roster_import_parts"},
	"service/lesson":           {"lessons", "watches", "viewers", "lesson_progress", "lesson_shares", "lesson_forwards", "file_removals"},
	"service/lecture": {
		"lectures", "lecture_sessions", "session_targets", "session_invitees", "check_ins", "check_in_retractions", "session_posts", "post_reports", "session_announcements",
	},
	"service/counsel": {
		"rooms", "counsellors", "availability_rules", "availability_exceptions", "slots", "bookings", "party_times", "room_times", "counsel_records", "record_handovers",
		"wait_entries", "booking_feedback",
	},
	"service/audit":         {"audit_entries", "audit_pendings", "audit_leaves", "audit_checkpoints"},
	"service/support/alert": {"alerts", "alert_reopenings", "alert_entries", "alert_steps", "alert_tellings", "alert_times", "duty_rota", "duty_shifts", "duty_overrides"},
	"service/support/calls": {"call_tasks"},
}

// strangers are the packages that may name any table, and why.
var strangers = map[string]string{
	"model":                            "says how the models are stored, and runs no queries",
	"cmd/bench":                        "measures against the database itself, and is never part of the product",
	"service/platform/store/storetest": "writes the fixtures of tests",
}

// TestTablesBelongToOnePackage reads every SQL string and every use of a GORM
// model outside tests, and names each table that another package than its owner uses.
func TestTablesBelongToOnePackage(t *testing.T) {
	t.Parallel()
	owner := map[string]string{}
	for pkg, tables := range owners {
		for _, table := range tables {
			require.Empty(t, owner[table], "%s has two owners", table)
			owner[table] = pkg
		}
	}
	for _, table := range tablesOfSchema(t) {
		require.NotEmpty(t, owner[table], "%s has no owner: name one in service/fence_test.go", table)
	}
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo,
	}, "xinyu/...")
	require.NoError(t, err)
	require.Greater(t, len(loaded), 20, "packages were found")
	var breaches []string
	for _, pkg := range loaded {
		require.Empty(t, pkg.Errors)
		from := strings.TrimPrefix(pkg.PkgPath, "xinyu/")
		if strangers[from] != "" {
			continue
		}
		for use := range tableUses(pkg, owner) {
			if home := owner[use.table]; from != home && !strings.HasPrefix(from, home+"/") {
				at := pkg.Fset.Position(use.at)
				breaches = append(breaches, fmt.Sprintf("%s/%s:%d names %s of %s", from, filepath.Base(at.Filename), at.Line, use.table, owner[use.table]))
			}
		}
	}
	slices.Sort(breaches)
	require.Empty(t, breaches, "%d uses of tables by strangers:\n%s", len(breaches), strings.Join(breaches, "\n"))
}

var createTable = regexp.MustCompile(`(?i)CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)

// tablesOfSchema returns the tables that the migrations create.
func tablesOfSchema(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("platform/store/migrations/mysql/*.sql")
	require.NoError(t, err)
	var tables []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range createTable.FindAllSubmatch(text, -1) {
			tables = append(tables, string(m[1]))
		}
	}
	require.NotEmpty(t, tables)
	return tables
}

type tableUse struct {
	at    token.Pos
	table string
}

// tableUses returns where the package names tables: in strings with SQL, and in
// the arguments of calls on a *gorm.DB, as bare names or models.
func tableUses(pkg *packages.Package, owner map[string]string) map[tableUse]bool {
	uses := map[tableUse]bool{}
	note := func(at token.Pos, names ...string) {
		for _, name := range names {
			if owner[name] != "" {
				uses[tableUse{at, name}] = true
			}
		}
	}
	for _, file := range pkg.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.Field: // paths and tags
				return false
			case *ast.FuncLit: // its parameters are fields
				return true
			case *ast.BasicLit:
				note(n.Pos(), sqlNames(text(n))...)
			case *ast.CallExpr:
				onDB := isMethodOfDB(pkg.TypesInfo, n)
				for _, arg := range n.Args {
					if m := bareName.FindStringSubmatch(text(arg)); m != nil && namesTable(pkg.TypesInfo, n) {
						note(arg.Pos(), m[1])
					}
					if onDB {
						note(arg.Pos(), tableOf(pkg.TypesInfo.TypeOf(arg)))
					}
				}
			}
			return true
		})
	}
	return uses
}

// text is the value of a string literal, and empty for anything else.
func text(n ast.Node) string {
	if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			return s
		}
	}
	return ""
}

// sqlName finds a table after a keyword or before the dot of a column, and
// bareName one that stands alone or with an alias, as in Table("pupils AS p").
var (
	sqlName  = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(\w+)|\b([a-z_]+)\.[a-z_*]`)
	bareName = regexp.MustCompile(`^\s*([a-z_]+)(?:\s+(?:AS\s+)?\w+)?\s*$`)
)

func sqlNames(text string) []string {
	var names []string
	for _, m := range sqlName.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1]+m[2])
	}
	return names
}

func isDB(info *types.Info, e ast.Expr) bool {
	t := info.TypeOf(e)
	return t != nil && t.String() == "*gorm.io/gorm.DB"
}

// isMethodOfDB reports whether the call is of a method of *gorm.DB other than
// Scan, whose argument names no table.
func isMethodOfDB(info *types.Info, call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	return ok && isDB(info, method.X) && method.Sel.Name != "Scan"
}

// namesTable reports whether a word among the call's arguments is a table: as in
// db.Table, and in what gets a *gorm.DB with it, such as store.ByIndex.
func namesTable(info *types.Info, call *ast.CallExpr) bool {
	if isMethodOfDB(info, call) {
		return call.Fun.(*ast.SelectorExpr).Sel.Name == "Table"
	}
	return slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return isDB(info, e) })
}

// unusual are the models whose tables are not named after them.
var unusual = map[string]string{"LessonProgress": "lesson_progress", "BookingFeedback": "booking_feedback", "UnitAncestor": "unit_closure"}

// tableOf returns the table of a model's type, also behind pointers and slices.
func tableOf(t types.Type) string {
	switch t := t.(type) {
	case *types.Pointer:
		return tableOf(t.Elem())
	case *types.Slice:
		return tableOf(t.Elem())
	case *types.Named:
		if _, ok := t.Underlying().(*types.Struct); !ok || t.Obj().Pkg() == nil || t.Obj().Pkg().Path() != "xinyu/model" {
			return ""
		}
		if table := unusual[t.Obj().Name()]; table != "" {
			return table
		}
		return schema.NamingStrategy{}.TableName(t.Obj().Name())
	}
	return ""
}
