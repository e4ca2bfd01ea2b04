package message

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Word is what is said about an account's leave for messages of a template.
type Word string

// The words of a person.
const (
	// Accepted is one tap on "allow": leave for one message.
	Accepted Word = "accepted"
	// Refused is one tap on "no": it adds nothing and takes nothing.
	Refused Word = "refused"
	// TurnedOff is the template switched off in WeChat's settings: what leave
	// there was is void.
	TurnedOff Word = "turned_off"
)

// The words of the sender.
const (
	taken    Word = "taken"
	returned Word = "returned"
	noneLeft Word = "none_left" // WeChat says 43101: its count is the true one
)

// Who tells of a word.
const (
	fromPhone  = "phone"
	fromPush   = "push"
	fromSender = "sender"
)

const (
	// sameTap is within what time the phone and WeChat tell of one and the same tap.
	sameTap = 10 * time.Minute
	// maxCredits bounds what a client can claim to have been allowed.
	maxCredits = 100
)

// Credits is the ledger of leave: one accepted tap is one message of one
// template to one account. Every change writes a line of history; the count
// never falls below zero. It is safe for concurrent use.
type Credits struct{ store *store.Store }

// NewCredits makes the ledger.
func NewCredits(st *store.Store) *Credits { return &Credits{store: st} }

// Apply notes, in tx, what WeChat pushed of the person with the mini-program's
// openid. The caller sees to it that each push is applied once. A tap of which
// the phone itself has told adds nothing; neither does one of a person whom we
// do not know. Events:
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html
// (subscribe_msg_popup_event: Accepted and Refused; subscribe_msg_change_event: TurnedOff)
func (c *Credits) Apply(tx *gorm.DB, openID, templateID string, word Word) error {
	if openID == "" || !templateID64(templateID) {
		return nil
	}
	var account model.Account
	err := tx.Select("id").Where("open_id = ?", openID).Take(&account).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.hear(tx, model.MessageCreditEvent{AccountID: account.ID, TemplateID: templateID, Word: string(word), Source: fromPush})
}

// templateID64 keeps out of the ledger what its columns can't hold.
func templateID64(id string) bool { return templateID.MatchString(id) }

// hear notes a person's word.
func (c *Credits) hear(tx *gorm.DB, event model.MessageCreditEvent) error {
	row, err := c.lock(tx, event.AccountID, event.TemplateID)
	if err != nil {
		return err
	}
	event.ID, event.At = c.store.NewID(), c.store.Now()
	switch Word(event.Word) {
	case Accepted:
		if event.SameTap, err = c.earlierTap(tx, event); err != nil {
			return err
		}
		if event.SameTap == nil && row.Credits < maxCredits {
			event.Delta = 1
		}
	case TurnedOff:
		event.Delta = -row.Credits
	case Refused:
	default:
		return fmt.Errorf("credits: no such word")
	}
	return c.change(tx, event)
}

// lock holds the count until the transaction ends, and makes it the first time.
func (c *Credits) lock(tx *gorm.DB, account model.ID, template string) (model.MessageCredit, error) {
	row := model.MessageCredit{AccountID: account, TemplateID: template, UpdatedAt: c.store.Now()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return row, err
	}
	row = model.MessageCredit{}
	err := c.store.ForUpdate(tx).Where("account_id = ? AND template_id = ?", account, template).Take(&row).Error
	return row, err
}

// earlierTap finds the tap of which the other side has told already. The phone
// and WeChat both tell of each, in any order; the locked count keeps their
// tellings apart, and the unique same_tap lets each be paired once.
func (c *Credits) earlierTap(tx *gorm.DB, event model.MessageCreditEvent) (*model.ID, error) {
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
func (c *Credits) change(tx *gorm.DB, event model.MessageCreditEvent) error {
	if err := tx.Create(&event).Error; err != nil {
		return err
	}
	if event.Delta == 0 {
		return nil
	}
	return tx.Model(&model.MessageCredit{}).Where("account_id = ? AND template_id = ?", event.AccountID, event.TemplateID).
		Updates(map[string]any{"credits": gorm.Expr("credits + ?", event.Delta), "updated_at": event.At}).Error
}

// take takes one credit for the message, or answers false where there is none.
func (c *Credits) take(tx *gorm.DB, account model.ID, template string, message model.ID) (bool, error) {
	now := c.store.Now()
	res := tx.Model(&model.MessageCredit{}).Where("account_id = ? AND template_id = ? AND credits > 0", account, template).
		Updates(map[string]any{"credits": gorm.Expr("credits - 1"), "updated_at": now})
	if res.Error != nil || res.RowsAffected == 0 {
		return false, res.Error
	}
	return true, tx.Create(&model.MessageCreditEvent{ID: c.store.NewID(), AccountID: account, TemplateID: template,
		Word: string(taken), Source: fromSender, Delta: -1, MessageID: message, At: now}).Error
}

// giveBack returns the credit of a message that surely was not sent.
func (c *Credits) giveBack(tx *gorm.DB, account model.ID, template string, message model.ID) error {
	return c.change(tx, model.MessageCreditEvent{ID: c.store.NewID(), AccountID: account, TemplateID: template,
		Word: string(returned), Source: fromSender, Delta: 1, MessageID: message, At: c.store.Now()})
}

// empty sets the count to what WeChat says it is: nothing.
func (c *Credits) empty(tx *gorm.DB, account model.ID, template string, message model.ID) error {
	row, err := c.lock(tx, account, template)
	if err != nil {
		return err
	}
	return c.change(tx, model.MessageCreditEvent{ID: c.store.NewID(), AccountID: account, TemplateID: template,
		Word: string(noneLeft), Source: fromSender, Delta: -row.Credits, MessageID: message, At: c.store.Now()})
}
