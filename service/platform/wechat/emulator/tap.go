package emulator

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// What can be tapped on the page.
const (
	tapAccept   = "accept"   // 允许, when the mini-program asks
	tapTurnOff  = "turnOff"  // 拒收, in WeChat's settings
	tapFollow   = "follow"   // 关注
	tapUnfollow = "unfollow" // 取消关注
)

// How the page shows, after a tap, whether the server has taken the webhook call.
const (
	pushTaken   = "taken"
	pushRefused = "refused"
)

// tap does what was tapped, and waits until the server was told.
func (p *Phone) tap(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	owner, ok := p.owner(r.FormValue("as"))
	var push func(context.Context) error
	if ok {
		switch what := r.FormValue("tap"); what {
		case tapAccept, tapTurnOff:
			push = p.tapTemplate(owner, r.FormValue("template"), what == tapAccept)
		case tapFollow, tapUnfollow:
			push = p.tapFollow(owner, what == tapFollow)
		}
	}
	if push == nil {
		http.Error(w, "没有这个账号、模板或按钮", http.StatusBadRequest)
		return
	}
	query := url.Values{"as": {owner.Code}, "pushed": {pushTaken}}
	if err := push(r.Context()); err != nil {
		slog.Warn("the emulator's push was not taken", "err", err)
		query.Set("pushed", pushRefused)
	}
	w.Header().Set("Location", "?"+query.Encode()) // this page, wherever it stands
	w.WriteHeader(http.StatusSeeOther)
}

// tapTemplate returns how the server is told; nil where there is no such template.
func (p *Phone) tapTemplate(owner PhoneOwner, id string, accept bool) func(context.Context) error {
	if !slices.ContainsFunc(p.Templates, func(t Template) bool { return t.ID == id && !t.Official }) {
		return nil
	}
	event := func(at time.Time) string { return PermissionsChangedEvent(owner.OpenID, at, id, "reject") }
	if accept {
		p.Emulator.Accept(owner.OpenID, id, 1)
		event = func(at time.Time) string { return PermissionsEvent(owner.OpenID, at, id, "accept") }
	} else {
		p.Emulator.TurnOff(owner.OpenID, id)
	}
	return func(ctx context.Context) error { return p.Webhooks.Push(ctx, owner.OpenID, event) }
}

// tapFollow is the same for the official account; nil where there is none.
func (p *Phone) tapFollow(owner PhoneOwner, follows bool) func(context.Context) error {
	if p.Official == nil || owner.Official == "" {
		return nil
	}
	p.Official.Follow(owner.Official, DemoUnionID(p.Emulator.opts.OpenPlatform, owner.Code), follows)
	return func(ctx context.Context) error {
		return p.OfficialWebhooks.Push(ctx, owner.Official, func(at time.Time) string { return FollowEvent(owner.Official, at, follows) })
	}
}
