// Package service wires the domains together, once, for the program and for
// the tests of the API.
package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/calendar"
	"xinyu/service/counsel"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/identity"
	"xinyu/service/identity/authcache"
	"xinyu/service/lecture"
	"xinyu/service/lesson"
	"xinyu/service/message"
	"xinyu/service/org"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/job"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/webhook"
	"xinyu/service/platform/wechat"
	"xinyu/service/scene"
	"xinyu/service/supervise"
	"xinyu/service/support/alert"
	"xinyu/service/support/calls"
)

// Deps is what the domains stand on.
type Deps struct {
	Store  *store.Store
	Cache  *cache.Cache
	Vault  *vault.Vault
	Media  media.Store
	WeChat *wechat.Client
	// PublicURL is where phones reach the server, without a slash at its end; empty where that is not set.
	PublicURL string
	// Official is the official account; nil where there is none.
	Official *wechat.Official
	// Webhooks are the programmes of which WeChat's pushes are taken.
	Webhooks []*wechat.WebhookReceiver
	// Templates say which of WeChat's templates carry which messages.
	Templates message.Templates
	// CheckURL is the operator's external check of the escalation of alerts; empty for none.
	CheckURL string
}

// Services are all domains.
type Services struct {
	Store     *store.Store
	Cache     *cache.Cache
	Coverage  *coverage.Engine
	Identity  *identity.Service
	Lecture   *lecture.Service
	Lesson    *lesson.Service
	Org       *org.Service
	Webhooks  *webhook.Inbox
	Calendar  *calendar.Service
	Supervise *supervise.Service
	Counsel   *counsel.Service
	Alerts    *alert.Service
	Calls     *calls.Service
	// Messages asks people for permission to write to them, Ledger keeps it,
	// Outbox writes, and Sender sends.
	Messages  *message.Asker
	Ledger    *message.Ledger
	Outbox    *message.Outbox
	Sender    *message.Sender
	Followers *message.Followers
	Scenes    *scene.Scenes
	Audit     *audit.Log
}

// New wires the domains.
func New(d Deps) *Services {
	engine, limiter := coverage.New(d.Store, d.Cache, 0), limit.New(d.Cache)
	links := media.NewSigner(func(b []byte) []byte { return d.Vault.MAC("media link", b) }, d.Store.Now)
	scenes := scene.New(scene.Config{Store: d.Store, Media: d.Media, WeChat: d.WeChat, Limiter: limiter, PublicURL: d.PublicURL})
	accounts, queue := identity.Directory{}, calls.NewQueue(d.Store)
	outbox, ledger, checks := message.New(d.Store, queue), message.NewLedger(d.Store, accounts), message.NewChecks(d.Store, accounts)
	followers := message.NewFollowers(d.Store, accounts, d.Official)
	sending := d.sending(followers)
	lessons := lesson.New(d.Store, limiter, engine, d.Media, links, scenes, d.coverChecks(), accounts)
	lectures := lecture.New(d.Store, limiter, engine, d.Vault, d.passes, scenes, outbox, message.NewRecipients(sending.Templates, accounts, sending.Followers), accounts)
	log := audit.New(d.Store, d.Vault, accounts, counsel.MadeBy)
	alerts := alert.New(alert.Config{Store: d.Store, Talks: counsel.Talks, Accounts: accounts, Log: log, Outbox: outbox, Calls: queue, Vault: d.Vault, CheckURL: d.CheckURL})
	counselling := counsel.New(d.Store, d.Vault, outbox, alerts, accounts, log)
	people := identity.New(identity.Config{Store: d.Store, Cache: d.Cache, Limiter: limiter, WeChat: d.WeChat, Official: d.Official, Vault: d.Vault, Coverage: engine, Outbox: outbox, Log: log,
		Followers: followers, Watched: lesson.Watched(d.Store), Holds: accountHolders(), PostsChanged: counselling.PostsChanged})
	s := &Services{
		Alerts:    alerts,
		Store:     d.Store,
		Cache:     d.Cache,
		Coverage:  engine,
		Identity:  people,
		Lecture:   lectures,
		Lesson:    lessons,
		Org:       org.New(d.Store, d.Cache, authcache.New(d.Store, d.Cache), accounts, log, engine, d.Vault, scenes, limiter),
		Webhooks:  webhook.New(d.Store, d.Webhooks, webhookHandlers(followers, lessons, ledger)),
		Supervise: supervise.New(d.Store, engine, outbox, d.Vault, lessons, lectures),
		Counsel:   counselling,
		Calls:     calls.New(d.Store, family.NewPhones(d.Store, d.Vault), family.NewMarks(d.Vault), checks.Obsolete, accounts, log),
		Calendar:  calendar.New(d.Store),
		Messages:  message.NewAsker(d.Store, ledger, sending.Templates),
		Ledger:    ledger,
		Outbox:    outbox,
		Sender:    message.NewSender(d.Store, ledger, queue, checks, sending),
		Followers: followers,
		Scenes:    scenes,
		Audit:     log,
	}
	s.Calendar.OnChange(s.Counsel.CalendarChanged)
	for kind, check := range map[string]message.Check{
		message.KindSessionOpen: s.Lecture.Obsolete, message.KindSessionReminder: s.Lecture.Obsolete, message.KindMakeUp: s.Lecture.Obsolete, message.KindNudge: s.Supervise.Obsolete,
		message.KindClaims: s.noClaimWaits, message.KindRetracted: s.Lecture.RetractionObsolete, message.KindAlert: s.Alerts.Obsolete, message.KindDrill: s.Alerts.Obsolete,
	} {
		checks.Add(kind, check)
	}
	return s
}

// noClaimWaits is the check of message.KindClaims: a class in which no claim
// waits any more needs no message.
func (s *Services) noClaimWaits(ctx context.Context, contacts []message.Contact) (map[model.ID]bool, error) {
	classes := make([]model.ID, len(contacts))
	for i, c := range contacts {
		classes[i] = c.CauseID
	}
	wait, err := s.Identity.ClaimsWait(ctx, classes)
	obsolete := map[model.ID]bool{}
	for _, c := range contacts {
		if !wait[c.CauseID] {
			obsolete[c.ID] = true
		}
	}
	return obsolete, err
}

// accountHolders are the parts of the system that keep something of an account
// which would be out of reach without it, beside identity and family.
func accountHolders() []identity.Holds {
	return []identity.Holds{lesson.Holds, lecture.Holds, counsel.Holds, alert.Holds}
}

// sending says by which templates and channels people are written to.
func (d Deps) sending(followers *message.Followers) message.Options {
	opts := message.Options{Templates: d.Templates, MiniProgram: d.WeChat}
	if d.Official != nil {
		opts.Official, opts.Followers = d.Official, followers
	}
	return opts
}

// passes has WeChat judge a text of a discussion.
func (d Deps) passes(ctx context.Context, openID, text string) (bool, error) {
	verdict, err := d.WeChat.CheckText(ctx, openID, wechat.SceneForum, text)
	return verdict == wechat.VerdictPass, err
}

// coverChecks has WeChat judge covers, where it can fetch them and its
// verdicts come in.
func (d Deps) coverChecks() lesson.CoverChecks {
	pushed := slices.ContainsFunc(d.Webhooks, func(r *wechat.WebhookReceiver) bool { return r.App() == wechat.MiniProgram })
	if !pushed || !strings.HasPrefix(d.PublicURL, "https://") {
		return lesson.CoverChecks{}
	}
	return lesson.CoverChecks{PublicURL: d.PublicURL, Ask: func(ctx context.Context, openID, url string) (string, error) {
		return d.WeChat.CheckMedia(ctx, openID, wechat.SceneSocial, url)
	}}
}

// Jobs adds the domains' recurring tasks to the runner.
func (s *Services) Jobs(r *job.Runner) {
	r.Add("coverage-drift", 10*time.Minute, func(ctx context.Context) error {
		_, err := s.Coverage.CheckDrift(ctx)
		return err
	})
	r.Add("roster-sweep", 10*time.Minute, s.Org.Sweep)
	r.Add("unit-order", 10*time.Minute, s.Org.FillCountingKeys)
	r.Add("alert-escalation", 5*time.Second, s.Alerts.Escalate)
	r.Add("rota-gaps", 24*time.Hour, s.Alerts.FindGaps)
	r.Add("alert-watchdog", time.Minute, s.Alerts.Watch)
	r.Add("audit-tree", 15*time.Second, s.Audit.Integrate)
	r.Add("scene-sweep", time.Hour, s.Scenes.Sweep)
	r.Add("session-announcements", 30*time.Second, s.Lecture.Announce)
	r.Add("call-review", 2*time.Minute, s.Calls.Review)
	r.Add("claim-pruning", 24*time.Hour, s.Identity.PruneClaims)
	r.Add("call-pruning", 24*time.Hour, s.Calls.Prune)
	r.Add("message-pruning", 24*time.Hour, s.Outbox.Prune)
	r.Add("post-checks", time.Minute, s.Lecture.CheckPosts)
	r.Add("cover-checks", time.Minute, s.Lesson.CheckCovers)
	r.Add("file-removal", time.Hour, s.Lesson.RemoveFiles)
	r.Add("push-inbox", 15*time.Second, s.Webhooks.Work)
	r.Add("push-prune", time.Hour, s.Webhooks.Prune)
	r.Add("follower-lookup", 15*time.Second, s.Followers.LookUp)
	r.Add("slot-expansion", 10*time.Minute, s.Counsel.ExpandSlots)
	r.Add("wait-list-holds", 30*time.Second, s.Counsel.ExpireHolds)
}

// Close drains what is on its way.
func (s *Services) Close() {
	s.Webhooks.Close()
	s.Lecture.Close()
	s.Org.Close()
	s.Lesson.Close()
	s.Identity.Close()
}
