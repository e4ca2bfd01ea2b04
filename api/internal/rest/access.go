package rest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"xinyu/model"
)

// Access says who may call a route. The zero Access is nobody's and refuses
// to be registered, so that no route is open by oversight.
type Access struct {
	// Name is "public", "anyone" or the roles.
	Name string
	// Roles are the roles of which a caller holds one; nil where none is needed.
	Roles []model.Role
}

var (
	// Public needs no login.
	Public = Access{Name: "public"}
	// Anyone is every logged-in account, with or without a role.
	Anyone = Access{Name: "anyone"}
)

// For is access for the holders of any of the roles. At which unit the role
// must be held is for the service's row scopes to say.
func For(roles ...model.Role) Access {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return Access{Name: strings.Join(names, ","), Roles: roles}
}

type actorKey struct{}

// ActorOf is the caller of a route that is not public; the zero Actor on
// public ones and before the caller is admitted.
func ActorOf(ctx context.Context) model.Actor {
	actor, _ := ctx.Value(actorKey{}).(model.Actor)
	return actor
}

var (
	errNoToken = &model.Error{Kind: model.KindUnauthenticated, Code: "login_required", Message: "请先登录"}
	errNoRole  = model.Forbidden("role_required", "您的身份不能使用这项功能")
)

// admit returns the actor who holds the bearer token, if the access lets them in.
func (s *Server) admit(ctx context.Context, who Access, authorization string) (model.Actor, error) {
	if who.Name == Public.Name {
		return model.Actor{}, nil
	}
	scheme, token, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return model.Actor{}, errNoToken
	}
	actor, err := s.authenticate(ctx, token)
	if err != nil {
		return model.Actor{}, err
	}
	if who.Roles != nil && !actor.Has(s.now(), who.Roles...) {
		return model.Actor{}, errNoRole
	}
	return actor, nil
}

// mustBeGuarded panics for a route without access: a fault of the table that
// must not survive a start.
func mustBeGuarded(r Route) {
	if r.Access.Name == "" {
		panic(fmt.Sprintf("api: %s %s has no access", r.Method, r.Path))
	}
	if r.Method == http.MethodPatch {
		panic("api: wx.request has no PATCH")
	}
}
