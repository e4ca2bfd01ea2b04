package message

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Event is what happened to an account's permission for messages of a template.
type Event string

// The events of a person.
const (
	// Accepted is one tap on "allow": permission for one message.
	Accepted Event = "accepted"
	// Refused is one tap on "no": it adds nothing and takes nothing.
	Refused Event = "refused"
	// TurnedOff is the template switched off in WeChat's settings: what
	// permission there was is void.
	TurnedOff Event = "turned_off"
)

// The events of the sender.
const (
	taken    Event = "taken"
	returned Event = "returned"
	noneLeft Event = "none_left" // WeChat says 43101: its count is the true one
)

// The sources of events.
const (
	fromPhone  = "phone"
	fromPush   = "push" // WeChat's webhook
	fromSender = "sender"
)

const (
	// sameTap is within what time the phone and WeChat report one and the same tap.
	sameTap = 10 * time.Minute
	// maxCredits bounds what a client can claim to have been allowed.
	maxCredits = 100
)

// Ledger keeps the permissions: one accepted tap is one credit, a message of
// one template to one account. Every change writes a line of history; the
// count never falls below zero. It is safe for concurrent use.
type Ledger struct {
	store    *store.Store
	accounts Accounts
}

// NewLedger makes the ledger.
func NewLedger(st *store.Store, accounts Accounts) *Ledger {
	return &Ledger{store: st, accounts: accounts}
}

// Apply notes, in tx, what WeChat's webhook reported of the person with the
// mini-program's openid. The caller sees to it that each report is applied
// once. A tap that the phone itself has reported adds nothing; neither does one
// of a person whom we do not know. Events:
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html
// (subscribe_msg_popup_event: Accepted and Refused; subscribe_msg_change_event: TurnedOff)
func (l *Ledger) Apply(tx *gorm.DB, openID, template string, event Event) error {
	if openID == "" || !templateID.MatchString(template) { // the columns hold no other
		return nil
	}
	account, err := l.accounts.ByOpenID(tx, openID)
	if err != nil || account == 0 {
		return err
	}
	return l.apply(tx, model.MessageCreditEvent{AccountID: account, TemplateID: template, Word: string(event), Source: fromPush})
}

// apply notes an event of a person.
func (l *Ledger) apply(tx *gorm.DB, event model.MessageCreditEvent) error {
	row, err := l.lock(tx, event.AccountID, event.TemplateID)
	if err != nil {
		return err
	}
	event.ID, event.At = l.store.NewID(), l.store.Now()
	switch Event(event.Word) {
	case Accepted:
		if event.SameTap, err = l.earlierTap(tx, event); err != nil {
			return err
		}
		if event.SameTap == nil && row.Credits < maxCredits {
			event.Delta = 1
		}
	case TurnedOff:
		event.Delta = -row.Credits
	case Refused:
	default:
		return fmt.Errorf("permissions: there is no such event")
	}
	return l.change(tx, event)
}

// lock holds the count until the transaction ends, and makes it the first time.
func (l *Ledger) lock(tx *gorm.DB, account model.ID, template string) (model.MessageCredit, error) {
	row := model.MessageCredit{AccountID: account, TemplateID: template, UpdatedAt: l.store.Now()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return row, err
	}
	row = model.MessageCredit{}
	err := l.store.ForUpdate(tx).Where("account_id = ? AND template_id = ?", account, template).Take(&row).Error
	return row, err
}

// earlierTap finds the event by which the other source reported the same tap.
// The phone and WeChat both report each, in any order; the locked count keeps
// their reports apart, and the unique same_tap lets each be paired once.
func (l *Ledger) earlierTap(tx *gorm.DB, event model.MessageCreditEvent) (*model.ID, error) {
	other := fromPhone
	if event.Source == fromPhone {
		other = fromPush
	}
	var found []model.ID
	err := tx.Model(&model.MessageCreditEvent{}).
		Where("account_id = ? AND template_id = ? AND at > ? AND source = ? AND word = ? AND same_tap IS NULL", event.AccountID, event.TemplateID, event.At.Add(-sameTap), other, Accepted).
		Where("NOT EXISTS (SELECT 1 FROM message_credit_events AS e WHERE e.same_tap = message_credit_events.id)").
		Order("id").Limit(1).Pluck("id", &found).Error
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// change writes the line of history and the count that follows from it.
func (l *Ledger) change(tx *gorm.DB, event model.MessageCreditEvent) error {
	if err := tx.Create(&event).Error; err != nil {
		return err
	}
	if event.Delta == 0 {
		return nil
	}
	return tx.Model(&model.MessageCredit{}).Where("account_id = ? AND template_id = ?", event.AccountID, event.TemplateID).
		Updates(map[string]any{"credits": gorm.Expr("credits + ?", event.Delta), "updated_at": event.At}).Error
}

// bySender is an event of the sender's, about a message.
func (l *Ledger) bySender(word Event, delta int, account model.ID, template string, message model.ID) model.MessageCreditEvent {
	return model.MessageCreditEvent{ID: l.store.NewID(), AccountID: account, TemplateID: template,
		Word: string(word), Source: fromSender, Delta: delta, MessageID: message, At: l.store.Now()}
}

// take takes one credit for the message, or returns false where there is none.
func (l *Ledger) take(tx *gorm.DB, account model.ID, template string, message model.ID) (bool, error) {
	event := l.bySender(taken, -1, account, template, message)
	res := tx.Model(&model.MessageCredit{}).Where("account_id = ? AND template_id = ? AND credits > 0", account, template).
		Updates(map[string]any{"credits": gorm.Expr("credits - 1"), "updated_at": event.At})
	if res.Error != nil || res.RowsAffected == 0 {
		return false, res.Error
	}
	return true, tx.Create(&event).Error
}

// giveBack returns the credit of a message that surely was not sent.
func (l *Ledger) giveBack(tx *gorm.DB, account model.ID, template string, message model.ID) error {
	return l.change(tx, l.bySender(returned, 1, account, template, message))
}

// empty sets the count to what WeChat says it is: nothing.
func (l *Ledger) empty(tx *gorm.DB, account model.ID, template string, message model.ID) error {
	row, err := l.lock(tx, account, template)
	if err != nil {
		return err
	}
	return l.change(tx, l.bySender(noneLeft, -row.Credits, account, template, message))
}

// creditKey names a count of the ledger.
type creditKey struct {
	account  model.ID
	template string
}

// creditsOf returns the accounts' counts that are not zero.
func creditsOf(db *gorm.DB, accounts []model.ID) (map[creditKey]int, error) {
	var rows []model.MessageCredit
	err := db.Where("account_id IN ? AND credits > 0", accounts).Find(&rows).Error
	return store.Keyed(rows, func(r model.MessageCredit) (creditKey, int) { return creditKey{r.AccountID, r.TemplateID}, r.Credits }), err
}

// Each calls do for all counts that are not zero, with the openids of their
// people: for the demo, whose emulated WeChat starts anew with the program.
func (l *Ledger) Each(ctx context.Context, do func(openID, template string, credits int)) error {
	var rows []model.MessageCredit
	if err := l.store.Read(ctx).Where("credits > 0").Find(&rows).Error; err != nil {
		return err
	}
	accounts, err := l.accounts.ByID(l.store.Read(ctx), store.Each(rows, func(r model.MessageCredit) model.ID { return r.AccountID }))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if openID := accounts[r.AccountID].OpenID; openID != "" {
			do(openID, r.TemplateID, r.Credits)
		}
	}
	return nil
}
