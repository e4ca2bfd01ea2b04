package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// poisoner is a stranger who can write to Redis: whatever the program is about
// to read, they have written another value there first.
type poisoner struct {
	redis  redis.UniversalClient // theirs: a connection of their own
	mu     sync.Mutex
	begun  bool
	turn   int
	forged []string        // authorizations of others, forged and stolen
	read   map[string]bool // the forms of the keys that the program read
}

// formsOfKeys are all keys that the program reads from Redis.
var formsOfKeys = map[string]*regexp.Regexp{
	"authorization": regexp.MustCompile(`^xinyu:tok:[0-9a-f]{64}$`),
	"rosters":       regexp.MustCompile(`^xinyu:\{roster\}$`),
	"figures":       regexp.MustCompile(`^xinyu:\{cov:(lesson|lecture):\d+:(pupil|guardian)\}$`),
	"loading":       regexp.MustCompile(`^xinyu:\{(roster|cov:.*)\}:loading$`),
	"progress":      regexp.MustCompile(`^xinyu:\{import:\d+\}$`),
	"rate":          regexp.MustCompile(`^rate:[a-z-]+:[\w.:/]+$`),
}

// DialHook implements redis.Hook.
func (p *poisoner) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (p *poisoner) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		p.poison(context.WithoutCancel(ctx), cmd)
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements redis.Hook.
func (p *poisoner) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			p.poison(context.WithoutCancel(ctx), cmd)
		}
		return next(ctx, cmds)
	}
}

// poison writes to the keys that the command reads.
func (p *poisoner) poison(ctx context.Context, cmd redis.Cmder) {
	var keys []any
	switch args := cmd.Args(); cmd.Name() {
	case "get", "hmget", "hgetall":
		keys = args[1:2]
	case "eval", "evalsha":
		keys = args[3 : 3+args[2].(int)]
	case "set", "setnx", "del", "script", "hello", "client", "auth", "select": // read nothing
	default:
		panic("teach the poisoner the command " + cmd.Name())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.begun {
		return
	}
	for _, key := range keys {
		p.write(ctx, key.(string))
	}
}

func (p *poisoner) write(ctx context.Context, key string) {
	form := ""
	for name, f := range formsOfKeys {
		if f.MatchString(key) {
			form = name
		}
	}
	if form == "" {
		panic("name the new key in formsOfKeys: " + key)
	}
	p.read[form] = true
	p.turn++
	pipe := p.redis.Pipeline()
	pipe.Del(ctx, key)
	values := map[string][]string{
		"authorization": p.forged,
		"progress":      {"999999/1", "-1/-1", "1e9/x", "9999999999999999999/1", "1/"},
		"rate":          {"nan", "-1e300", "1e18", "inf", "soon"},
		"loading":       {"", "mark"},
	}[form]
	if form == "rosters" || form == "figures" {
		// A hash that is complete, of a county of its own making.
		n := []any{"1000000", "-7", "9223372036854775807", "many", "0"}[p.turn%5]
		fields := []any{"_", []string{"1", "-1", "x"}[p.turn%3]}
		for _, unit := range p.units(ctx) {
			fields = append(fields, unit, n, unit+"s", n, unit+"c", n)
		}
		pipe.HSet(ctx, key, fields...)
	} else {
		pipe.Set(ctx, key, values[p.turn%len(values)], 0)
	}
	switch p.turn % 7 { // and now and then what is no such value at all
	case 5:
		pipe.Del(ctx, key)
		pipe.RPush(ctx, key, "\x00\xff{")
	case 6:
		pipe.Set(ctx, key, "\x00\xff{", 0)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		panic(err)
	}
}

// begin has them write from now on.
func (p *poisoner) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = true
}

// units are those whose figures are forged.
func (p *poisoner) units(ctx context.Context) []string {
	ids, err := p.redis.SMembers(ctx, "the poisoner's units").Result()
	if err != nil {
		panic(err)
	}
	return ids
}

// poisoned is a bundle whose Redis belongs to somebody else, once they begin.
func poisoned(t testing.TB) (*bundle, *poisoner) {
	t.Helper()
	b := setup(newWorld(t, storetest.SQLite(t)))
	options := *b.redis.Client().(*redis.Client).Options()
	// The stranger is never late, however busy the machine is.
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = time.Minute, time.Minute, time.Minute, time.Minute
	p := &poisoner{redis: redis.NewClient(&options), read: map[string]bool{}}
	t.Cleanup(func() { require.NoError(t, p.redis.Close()) })
	for _, unit := range []*model.Unit{b.own.County, b.own.Town, b.own.School, b.own.Class, b.near.School, b.other.County, b.other.Class} {
		require.NoError(t, p.redis.SAdd(t.Context(), "the poisoner's units", unit.ID.String()).Err())
	}
	manager := b.Staff(model.RoleManager, b.own.County)
	token := b.as(manager)
	for try := 0; len(p.forged) == 0; try++ {
		require.Less(t, try, 300, "the manager's authorization is stolen")
		if try > 0 {
			time.Sleep(100 * time.Millisecond) // a Redis that was too slow is left alone for a second
		}
		b.do(http.MethodGet, "/me", token, nil).status(http.StatusOK)
		p.steal(t, manager)
	}
	b.redis.Client().AddHook(p)
	return b, p
}

// steal takes the manager's authorization out of Redis, and forges others from it.
func (p *poisoner) steal(t testing.TB, manager model.Actor) {
	t.Helper()
	for _, key := range p.redis.Keys(t.Context(), "xinyu:tok:*").Val() {
		stolen := p.redis.Get(t.Context(), key).Val()
		if !strings.Contains(stolen, manager.AccountID.String()) {
			continue
		}
		text := stolen[strings.Index(stolen, "{"):]
		later, err := json.Marshal(map[string]any{"actor": manager, "expiresAt": time.Now().Add(time.Hour).UnixMilli(), "readAt": time.Now().UnixMilli()})
		require.NoError(t, err)
		p.forged = []string{stolen, text, strings.Repeat("\x00", len(stolen)-len(text)) + text, stolen[:len(stolen)-1] + " }", string(later), "-", ""}
	}
}

// TestRedisGivesNoRight walks every call as everybody, as the matrix does, while
// a stranger writes to Redis: under each key that the program reads stands a
// value that is forged, stolen from another, or no value at all. Everybody is let
// through as ever, and what is counted in SQL is right.
func TestRedisGivesNoRight(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/matrix.golden")
	require.NoError(t, err)
	routes := map[string]rest.Route{}
	for _, r := range newWorld(t, storetest.SQLite(t)).server.rest.Table {
		routes[r.Method+" "+r.Path] = r
	}
	var mu sync.Mutex
	read := map[string]bool{}
	t.Run("calls", func(t *testing.T) {
		for key, l := range matrix() {
			name, _, _ := strings.Cut(key, " | ")
			t.Run(strings.ReplaceAll(key, "/", ":"), func(t *testing.T) { // -run splits at slashes
				t.Parallel()
				b, p := poisoned(t)
				p.begin()
				row := walk(b, routes[name], l)
				method, path, _ := strings.Cut(key, " ")
				require.Contains(t, string(text), fmt.Sprintf(matrixLine, method, path, row), "Redis lets somebody through, or shuts somebody out")
				var wrong int
				require.Eventually(t, func() bool { // a Redis that was slow once rests for a moment
					n, err := b.svc.Coverage.Rebuild(t.Context(), nil)
					wrong += n
					return err == nil
				}, time.Minute, 100*time.Millisecond)
				require.Zero(t, wrong, "a tally in SQL counts what is not there")
				mu.Lock()
				defer mu.Unlock()
				for form := range p.read {
					read[form] = true
				}
			})
		}
	})
	for form := range formsOfKeys {
		require.True(t, t.Failed() || read[form] || form == "progress", "%s is read by no call", form) // progress: see the next test
	}
}

// What people see of their own is the same whatever Redis says, and a watch
// earns what the server's clock allows.
func TestRedisGivesNoCreditAndShowsNobodyElse(t *testing.T) {
	t.Parallel()
	b, p := poisoned(t)
	lesson, session := b.Lesson(b.own.County, 20, model.SidePupil, model.SideGuardian), b.session()
	b.booking(b.slot(b.ahead()))
	running := b.preview() // an import that another replica applies
	b.Set(&model.RosterImport{}, "status", model.ImportApplying, "id = ?", running)
	guardian, teacher, manager := b.who(model.RoleGuardian), b.who(model.RoleTeacher), b.who(model.RoleManager)
	type call struct{ who, token, path string }
	seen := map[call]string{}
	see := func(c call) string { return withoutTimes(string(b.do(http.MethodGet, c.path, c.token, nil).raw)) }
	for _, m := range []member{guardian, b.who(model.RolePupil), teacher, manager, b.who(model.RoleCounsellor), b.caller("")} {
		for _, path := range []string{"/me", "/me/overview", "/lessons", "/lessons/" + lesson.ID.String(), "/bookings", "/alerts", "/lecture-sessions/" + session.ID.String(),
			"/units/" + b.own.Class.ID.String() + "/pupils"} {
			c := call{m.name, m.token, path}
			seen[c] = see(c)
		}
	}
	p.begin()
	for range 2 * len(p.forged) {
		for c, before := range seen {
			require.Equal(t, before, see(c), "%s as %s", c.path, c.who)
		}
	}

	watch := b.do(http.MethodPost, "/lessons/"+lesson.ID.String()+"/watches", guardian.token, map[string]any{"pupilId": b.pupil.ID}).status(http.StatusCreated).text("id")
	for seq := range 10 {
		report := map[string]any{"seq": seq + 1, "position": 20, "rate": 1, "segments": [][]float64{{0, 20}}}
		earned := b.do(http.MethodPost, "/watches/"+watch+"/reports", guardian.token, report).status(http.StatusOK)
		require.Equal(t, false, earned.at("completed"), "nobody watches 20 seconds in no time")
	}
	require.Zero(t, b.Count(&model.CoverageFact{}, "covered_at IS NOT NULL"))

	// Figures and progress are only shown: whatever they are, they are no fault.
	for range 10 {
		b.do(http.MethodGet, "/lessons/"+lesson.ID.String()+"/tally?unitId="+b.own.Class.ID.String(), teacher.token, nil).status(http.StatusOK)
		b.do(http.MethodGet, "/roster-imports/"+running, manager.token, nil).status(http.StatusOK)
	}
	require.True(t, p.read["progress"] && p.read["figures"])
	_, err := b.svc.Coverage.CheckDrift(t.Context())
	require.NoError(t, err)
}

// withoutTimes leaves out the times that go on with the clock, also those in links.
func withoutTimes(reply string) string {
	return regexp.MustCompile(`\?e=\d+&s=[\w-]+|"(\w+At|now)":"[^"]*"`).ReplaceAllString(reply, "")
}
