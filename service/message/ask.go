package message

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Permission is a kind of message that an account can allow.
type Permission struct {
	Kind       string `json:"kind"`
	TemplateID string `json:"templateId" doc:"For wx.requestSubscribeMessage"`
	Title      string `json:"title"`
	Asks       string `json:"asks" enum:"booking,checkIn,waitList,lesson,alert,binding" doc:"On which tap to ask"`
	Credits    int    `json:"credits" doc:"How many more of the template may be sent"`
}

// Asker asks people for permission to write to them. It is safe for concurrent use.
type Asker struct {
	store     *store.Store
	ledger    *Ledger
	templates Templates
	echo      func(openID string, taps Taps)
}

// NewAsker makes an Asker.
func NewAsker(st *store.Store, ledger *Ledger, templates Templates) *Asker {
	return &Asker{store: st, ledger: ledger, templates: templates}
}

// Echo sets who else learns of the taps: in a demo the emulated WeChat, which
// can't see those in a browser. Call it before the first Note.
func (a *Asker) Echo(echo func(openID string, taps Taps)) { a.echo = echo }

// Permissions lists the kinds of messages that the actor can allow; none where
// no templates are configured.
func (a *Asker) Permissions(ctx context.Context, actor model.Actor) ([]Permission, error) {
	credits, err := creditsOf(a.store.Read(ctx), []model.ID{actor.AccountID})
	if err != nil {
		return nil, err
	}
	list := []Permission{}
	for _, name := range Kinds() {
		if staff := kinds[name].staff; staff != nil && !actor.Has(a.store.Now(), staff...) {
			continue
		}
		if c := a.templates.miniProgram(name); c != nil {
			list = append(list, Permission{Kind: name, TemplateID: c.ID, Title: kinds[name].title, Asks: kinds[name].asks,
				Credits: credits[creditKey{actor.AccountID, c.ID}]})
		}
	}
	return list, nil
}

// Taps is what a person tapped when they were asked.
type Taps struct {
	Accepted []string // template ids
	Refused  []string
	// RequestKey is the call's Idempotency-Key, or empty.
	RequestKey string
}

var (
	errTemplate = model.Invalid("accepted", "template_unknown", "消息模板不存在，请刷新后再试")
	errNoTaps   = model.Invalid("accepted", "taps_required", "请说明允许或不允许哪些消息")
	errTwice    = model.Invalid("refused", "template_twice", "同一个消息模板不能出现两次")
)

// Note notes the taps, once for each RequestKey, and lists what is then allowed.
func (a *Asker) Note(ctx context.Context, actor model.Actor, taps Taps) ([]Permission, error) {
	events, err := a.events(actor, taps)
	if err != nil {
		return nil, err
	}
	repeated := false
	err = a.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if repeated, err = noted(tx, actor, taps.RequestKey, events); repeated || err != nil {
			return err
		}
		for _, e := range events {
			if err := a.ledger.apply(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if store.IsDuplicate(err) { // the same call came twice at the same moment
		if again, replayErr := noted(a.store.Read(ctx), actor, taps.RequestKey, events); again || replayErr != nil {
			repeated, err = again, replayErr
		}
	}
	if err == nil && !repeated && a.echo != nil {
		err = a.passOn(ctx, actor, taps)
	}
	if err != nil {
		return nil, err
	}
	return a.Permissions(ctx, actor)
}

// passOn calls the echo.
func (a *Asker) passOn(ctx context.Context, actor model.Actor, taps Taps) error {
	accounts, err := a.ledger.accounts.ByID(a.store.Read(ctx), []model.ID{actor.AccountID})
	if err != nil {
		return err
	}
	a.echo(accounts[actor.AccountID].OpenID, taps)
	return nil
}

// events are the lines that the taps will write, in the order in which counts are locked.
func (a *Asker) events(actor model.Actor, taps Taps) ([]model.MessageCreditEvent, error) {
	if err := model.CheckRequestKey(taps.RequestKey); err != nil {
		return nil, err
	}
	if len(taps.Accepted)+len(taps.Refused) == 0 {
		return nil, errNoTaps
	}
	key := store.KeyColumn(taps.RequestKey)
	var events []model.MessageCreditEvent
	for event, ids := range map[Event][]string{Accepted: taps.Accepted, Refused: taps.Refused} {
		for _, id := range ids {
			if !a.templates.knows(id) {
				return nil, errTemplate
			}
			events = append(events, model.MessageCreditEvent{AccountID: actor.AccountID, TemplateID: id, Word: string(event), Source: fromPhone, RequestKey: key})
		}
	}
	slices.SortFunc(events, byTemplate)
	for i := range max(len(events)-1, 0) {
		if events[i].TemplateID == events[i+1].TemplateID {
			return nil, errTwice
		}
	}
	return events, nil
}

func byTemplate(a, b model.MessageCreditEvent) int {
	return strings.Compare(a.TemplateID, b.TemplateID)
}

// noted reports whether an earlier call with the key noted the same events.
func noted(db *gorm.DB, actor model.Actor, key string, events []model.MessageCreditEvent) (bool, error) {
	earlier, err := store.Replay(db, actor.AccountID, key, func(rows []model.MessageCreditEvent) (bool, error) {
		slices.SortFunc(rows, byTemplate)
		return slices.EqualFunc(rows, events, func(a, b model.MessageCreditEvent) bool { return a.TemplateID == b.TemplateID && a.Word == b.Word }), nil
	})
	return len(earlier) > 0, err
}
