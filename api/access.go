package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"xinyu/model"
)

// access says who may call a route. The zero access is nobody's and refuses
// to be registered, so that no route is open by oversight.
type access struct {
	name  string
	roles []model.Role
}

var (
	// public needs no login.
	public = access{name: "public"}
	// anyone is every logged-in account, with or without a role.
	anyone = access{name: "anyone"}
	// families are guardians and pupils.
	families = roles(model.RoleGuardian, model.RolePupil)
	// staff is everyone who works for the programme and may know of units' figures.
	staff = roles(model.RoleTeacher, model.RoleManager, model.RoleInspector)
	// hosts are those who can hold sessions of lectures.
	hosts = roles(model.RoleTeacher, model.RoleManager)
	// debaters take part in the discussion under a session for guardians. Never
	// pupils: who lets minors publish must hold proof of who each of them is
	// (未成年人网络保护条例 31).
	debaters = hosts.and(model.RoleGuardian)
	// visitors are who counselling is for, and those who book for them.
	visitors = families.and(model.RoleCounsellor, model.RoleTeacher, model.RoleManager)
	// finders look for a pupil, to book for one who came or called.
	finders = hosts.and(model.RoleCounsellor)
	// callers telephone those whom no message reaches.
	callers = roles(model.RoleTeacher, model.RoleCounsellor, model.RoleManager, model.RoleDuty)
	// availability is set by counsellors for themselves and by managers for theirs.
	availability = roles(model.RoleCounsellor, model.RoleManager)
)

// roles is access for the holders of any of the roles. At which unit the role
// must be held is for the service's row scopes to say.
func roles(list ...model.Role) access {
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = string(r)
	}
	return access{name: strings.Join(names, ","), roles: list}
}

// and joins further roles.
func (a access) and(more ...model.Role) access { return roles(slices.Concat(a.roles, more)...) }

type actorKey struct{}

// actorOf is the caller of a route that is not public; the zero Actor on public ones.
func actorOf(ctx context.Context) model.Actor {
	actor, _ := ctx.Value(actorKey{}).(model.Actor)
	return actor
}

var (
	errNoToken = &model.Error{Kind: model.KindUnauthenticated, Code: "login_required", Message: "请先登录"}
	errNoRole  = model.Forbidden("role_required", "您的身份不能使用这项功能")
)

// admit answers the actor who holds the bearer token, if the access lets them in.
func (s *Server) admit(ctx context.Context, who access, authorization string) (model.Actor, error) {
	if who.name == public.name {
		return model.Actor{}, nil
	}
	scheme, token, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return model.Actor{}, errNoToken
	}
	actor, err := s.svc.Identity.Authenticate(ctx, token)
	if err != nil {
		return model.Actor{}, err
	}
	if who.roles != nil && !actor.Has(s.now(), who.roles...) {
		return model.Actor{}, errNoRole
	}
	return actor, nil
}

// guard is the huma middleware that admits callers to one route.
func (s *Server) guard(who access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		actor, err := s.admit(ctx.Context(), who, ctx.Header("Authorization"))
		if err != nil {
			s.writeProblem(ctx, err)
			return
		}
		if h := hearingOf(ctx.Context()); h != nil {
			h.actor = actor
		}
		next(huma.WithValue(ctx, actorKey{}, actor))
	}
}

// mustBeGuarded panics for a route without access: a fault of the table that
// must not survive a start.
func mustBeGuarded(r route) {
	if r.who.name == "" {
		panic(fmt.Sprintf("api: %s %s has no access", r.method, r.path))
	}
	if r.method == http.MethodPatch {
		panic("api: wx.request has no PATCH")
	}
}
