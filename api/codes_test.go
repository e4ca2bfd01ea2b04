package api

import (
	"encoding/json"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// The codes by which a call can be refused are read from the code: all errors
// that the functions between its handler and the database make or name.
func TestTheCodesAreTheGoldenOnes(t *testing.T) {
	t.Parallel()
	found := readCode(t)
	all := map[string]map[int][]string{}
	for _, r := range newWorld(t, storetest.SQLite(t)).server.rest.Table {
		handler := found.handlers[r.Method+" "+r.Path]
		require.NotEmpty(t, handler, "%s %s has no handler in the code", r.Method, r.Path)
		codes := map[int][]string{}
		for refusal := range found.from(handler...) {
			if status := rest.StatusOf(refusal.kind); status < 500 {
				codes[status] = append(codes[status], refusal.code)
			}
		}
		for _, list := range codes {
			slices.Sort(list)
		}
		all[r.Method+" "+r.Path] = codes
	}
	require.Contains(t, all["POST /bookings"][409], "slot_taken")
	require.Empty(t, all["GET /hotlines"])
	got, err := json.MarshalIndent(all, "", "  ")
	require.NoError(t, err)
	golden(t, "codes.json", append(got, '\n'))
}

type refusal struct {
	kind model.Kind
	code string
}

// code is the module in SSA form.
type code struct {
	// handlers are the functions that a line of the table names, by its method and path.
	handlers map[string][]*ssa.Function
	// makers make an error of the code that they get as the argument with this index.
	makers map[*ssa.Function]maker
	// globals are the package variables that hold an error.
	globals map[*ssa.Global][]refusal
	// taken are the functions that are used as values, by their signature.
	taken   map[string][]*ssa.Function
	facts   map[*ssa.Function]*facts
	types   []types.Type
	program *ssa.Program
}

type maker struct {
	kind     model.Kind
	argument int
	suffix   string
}

func ours(pkg *types.Package) bool { return pkg != nil && strings.HasPrefix(pkg.Path()+"/", "xinyu/") }

func readCode(t *testing.T) *code {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, "xinyu/api/...", "xinyu/service/...", "xinyu/model")
	require.NoError(t, err)
	program, _ := ssautil.Packages(loaded, ssa.InstantiateGenerics)
	program.Build()
	c := &code{handlers: map[string][]*ssa.Function{}, makers: map[*ssa.Function]maker{}, globals: map[*ssa.Global][]refusal{},
		taken: map[string][]*ssa.Function{}, facts: map[*ssa.Function]*facts{}, program: program}
	everything := ssautil.AllFunctions(program)
	for f := range everything {
		c.readTable(f)
	}
	for _, pkg := range program.AllPackages() {
		for _, member := range pkg.Members {
			if named, ok := member.(*ssa.Type); ok && ours(pkg.Pkg) && !types.IsInterface(named.Type()) {
				c.types = append(c.types, named.Type(), types.NewPointer(named.Type()))
			}
		}
	}
	errs := program.ImportedPackage("xinyu/model")
	for name, m := range map[string]maker{"Invalid": {model.KindInvalid, 1, ""}, "Conflict": {model.KindConflict, 0, ""}, "Forbidden": {model.KindForbidden, 0, ""},
		"NotFound": {model.KindNotFound, 0, "_not_found"}, "Unavailable": {model.KindUnavailable, 0, ""}, "TooMany": {model.KindTooMany, 0, ""}} {
		require.NotNil(t, errs.Func(name), "model.%s", name)
		c.makers[errs.Func(name)] = m
	}
	for more := true; more; {
		more = false
		for f := range everything {
			more = c.passesItsCodeOn(f) || more
		}
	}
	for f := range everything {
		c.readValues(f)
	}
	return c
}

// readTable notes the lines of the table that f makes.
func (c *code) readTable(f *ssa.Function) {
	for call := range instructions[*ssa.Call](f) {
		makes := call.Call.StaticCallee()
		if makes == nil || makes.Origin() == nil || makes.Origin().Pkg.Pkg.Path() != "xinyu/api/internal/rest" {
			continue
		}
		if args := call.Call.Args; len(args) == 4 { // a method, such as Get
			path := args[0].(*ssa.Const)
			c.handlers[strings.ToUpper(makes.Origin().Name())+" "+constant.StringVal(path.Value)] = named(args[3])
		}
	}
}

// named are the functions in the expression of a handler: a method, or one inside an adaptor.
func named(handler ssa.Value) []*ssa.Function {
	switch v := handler.(type) {
	case *ssa.ChangeType:
		return named(v.X)
	case *ssa.MakeClosure:
		return []*ssa.Function{v.Fn.(*ssa.Function)}
	case *ssa.Call:
		return named(v.Call.Args[0])
	}
	return nil
}

// passesItsCodeOn notes a function that makes an error of a code that is its own argument.
func (c *code) passesItsCodeOn(f *ssa.Function) bool {
	for call := range instructions[*ssa.Call](f) {
		m, ok := c.makers[call.Call.StaticCallee()]
		if !ok {
			continue
		}
		if c.makes(m.kind, call.Call.Args[m.argument], m.suffix) {
			return true
		}
	}
	for literal := range instructions[*ssa.Alloc](f) {
		kind, what := errorLiteral(literal)
		if what != nil && c.makes(kind, what, "") {
			return true
		}
	}
	return false
}

// makes notes the function whose argument the code is, if it is one and new.
func (c *code) makes(kind model.Kind, code ssa.Value, suffix string) bool {
	p, ok := origin(code).(*ssa.Parameter)
	if !ok {
		return false
	}
	_, known := c.makers[p.Parent()]
	if !known {
		c.makers[p.Parent()] = maker{kind, slices.Index(p.Parent().Params, p), suffix}
	}
	return !known
}

// origin is where a value comes from that was kept in a variable, or outside the closure that uses it.
func origin(v ssa.Value) ssa.Value {
	switch from := v.(type) {
	case *ssa.UnOp:
		if from.Op == token.MUL {
			return origin(from.X)
		}
	case *ssa.Alloc:
		for _, use := range *from.Referrers() {
			if store, ok := use.(*ssa.Store); ok && store.Addr == from {
				return origin(store.Val)
			}
		}
	case *ssa.FreeVar:
		index := slices.Index(from.Parent().FreeVars, from)
		for closure := range instructions[*ssa.MakeClosure](from.Parent().Parent()) {
			if closure.Fn == from.Parent() {
				return origin(closure.Bindings[index])
			}
		}
	}
	return v
}

// readValues notes the functions that f uses as values and the errors that it puts into package variables.
func (c *code) readValues(f *ssa.Function) {
	for instruction := range instructions[ssa.Instruction](f) {
		if store, ok := instruction.(*ssa.Store); ok {
			if global, ok := store.Addr.(*ssa.Global); ok {
				c.globals[global] = append(c.globals[global], c.refusalsOf(store.Val)...)
			}
		}
		call, _ := instruction.(ssa.CallInstruction)
		for _, operand := range instruction.Operands(nil) {
			value, ok := (*operand).(*ssa.Function)
			if ok && (call == nil || call.Common().Value != value) && !types.Identical(value.Signature, transaction(value.Signature)) {
				key := signature(value.Signature)
				c.taken[key] = append(c.taken[key], value)
			}
		}
	}
}

// transaction returns the signature if it is that of a transaction's function, which
// all transactions share. Calls by it are followed from the function that passes it.
func transaction(s *types.Signature) types.Type {
	if strings.HasPrefix(signature(s), "func(*gorm.io/gorm.DB)") {
		return s
	}
	return nil
}

func signature(s *types.Signature) string {
	return types.TypeString(types.NewSignatureType(nil, nil, nil, unnamed(s.Params()), unnamed(s.Results()), s.Variadic()), nil)
}

func unnamed(list *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range list.Variables() {
		vars = append(vars, types.NewParam(token.NoPos, nil, "", v.Type()))
	}
	return types.NewTuple(vars...)
}

// refusalsOf are the errors that a value holds.
func (c *code) refusalsOf(v ssa.Value) []refusal {
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return c.refusalsOf(v.X)
	case *ssa.Alloc:
		if kind, what := errorLiteral(v); what != nil {
			if text, ok := origin(what).(*ssa.Const); ok {
				return []refusal{{kind, constant.StringVal(text.Value)}}
			}
		}
	case *ssa.Call:
		if m, ok := c.makers[v.Call.StaticCallee()]; ok {
			if text, ok := origin(v.Call.Args[m.argument]).(*ssa.Const); ok {
				return []refusal{{m.kind, constant.StringVal(text.Value) + m.suffix}}
			}
		}
		if len(v.Call.Args) > 0 { // WithCause, WithDetails
			return c.refusalsOf(v.Call.Args[0])
		}
	}
	return nil
}

// errorLiteral is the kind and code of a literal of model.Error.
func errorLiteral(literal *ssa.Alloc) (kind model.Kind, what ssa.Value) {
	if literal.Type().String() != "*xinyu/model.Error" {
		return 0, nil
	}
	for _, use := range *literal.Referrers() {
		field, ok := use.(*ssa.FieldAddr)
		if !ok {
			continue
		}
		for _, use := range *field.Referrers() {
			store, ok := use.(*ssa.Store)
			if !ok {
				continue
			}
			switch field.Field {
			case 0:
				if k, ok := store.Val.(*ssa.Const); ok {
					kind = model.Kind(k.Uint64())
				}
			case 1:
				what = store.Val
			}
		}
	}
	return kind, what
}

// from are the refusals that can come of a function.
func (c *code) from(start ...*ssa.Function) map[refusal]bool {
	out := map[refusal]bool{}
	seen := map[*ssa.Function]bool{}
	var visit func(f *ssa.Function)
	visit = func(f *ssa.Function) {
		if seen[f] {
			return
		}
		seen[f] = true
		fs := c.factsOf(f)
		for _, r := range fs.refusals {
			out[r] = true
		}
		for _, g := range fs.next {
			visit(g)
		}
	}
	for _, f := range start {
		visit(f)
	}
	return out
}

// facts are the refusals in a function and the functions that it leads to.
type facts struct {
	refusals []refusal
	next     []*ssa.Function
}

func (c *code) factsOf(f *ssa.Function) *facts {
	if known := c.facts[f]; known != nil {
		return known
	}
	fs := &facts{next: c.held(f)}
	c.facts[f] = fs
	for instruction := range instructions[ssa.Instruction](f) {
		for _, operand := range instruction.Operands(nil) {
			switch v := (*operand).(type) {
			case *ssa.Function:
				fs.next = append(fs.next, v)
			case *ssa.Global:
				fs.refusals = append(fs.refusals, c.globals[v]...)
			}
		}
		if v, ok := instruction.(ssa.Value); ok {
			fs.refusals = append(fs.refusals, c.refusalsOf(v)...)
		}
		fs.next = append(fs.next, c.indirect(instruction)...)
	}
	return fs
}

// indirect are the functions that an instruction may call or hand out without naming them.
func (c *code) indirect(instruction ssa.Instruction) []*ssa.Function {
	switch i := instruction.(type) {
	case *ssa.MakeInterface: // others' code may call its methods: a reader's, say
		return c.methods(i.Type(), func(t types.Type) bool { return types.Identical(t, i.X.Type()) })
	case ssa.CallInstruction:
		common := i.Common()
		if common.IsInvoke() {
			if !ours(common.Method.Pkg()) {
				return nil
			}
			return c.methods(common.Value.Type(), func(types.Type) bool { return true })
		}
	}
	return nil
}

// held are the functions that the receiver of a generic type's method may hold
// in its fields: what a batcher commits with, say.
func (c *code) held(f *ssa.Function) []*ssa.Function {
	if f.Signature.Recv() == nil {
		return nil
	}
	t := f.Signature.Recv().Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := t.(*types.Named)
	if !ok || named.TypeArgs().Len() == 0 { // others share signatures such as func(context.Context) error
		return nil
	}
	fields, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	var list []*ssa.Function
	for field := range fields.Fields() {
		if s, ok := field.Type().Underlying().(*types.Signature); ok {
			list = append(list, c.taken[signature(s)]...)
		}
	}
	return list
}

// methods are those of an interface, of the types of ours that have them and pass.
func (c *code) methods(of types.Type, pass func(types.Type) bool) []*ssa.Function {
	iface, ok := of.Underlying().(*types.Interface)
	if !ok || iface.NumMethods() == 0 {
		return nil
	}
	var list []*ssa.Function
	for _, t := range c.types {
		if !pass(t) || !types.Implements(t, iface) {
			continue
		}
		for m := range iface.Methods() {
			if f := c.program.LookupMethod(t, m.Pkg(), m.Name()); f != nil {
				list = append(list, f)
			}
		}
	}
	return list
}

func instructions[I ssa.Instruction](f *ssa.Function) func(func(I) bool) {
	return func(yield func(I) bool) {
		for _, block := range f.Blocks {
			for _, instruction := range block.Instrs {
				if i, ok := instruction.(I); ok && !yield(i) {
					return
				}
			}
		}
	}
}
