package message

import (
	"context"
	"slices"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Contact is a person to be told of a cause, by a message or by a call.
type Contact struct {
	ID          model.ID // of the message or the call
	Kind        string
	CauseKind   string
	CauseID     model.ID
	RecipientID model.ID
	PupilID     model.ID // zero where it is about no pupil
}

// Check tells which of the contacts, all of one kind, are obsolete: the covered
// need no nudge. It runs shortly before they would be sent.
type Check func(ctx context.Context, contacts []Contact) (obsolete map[model.ID]bool, err error)

// Checks finds out what need not, or must not, be told any more: much may have
// changed since it was written. It is safe for concurrent use.
type Checks struct {
	store    *store.Store
	accounts Accounts
	byKind   map[string]Check
}

// NewChecks makes Checks.
func NewChecks(st *store.Store, accounts Accounts) *Checks {
	return &Checks{store: st, accounts: accounts, byKind: map[string]Check{}}
}

// Add sets the check of a kind of message. Call it before the first Obsolete.
func (c *Checks) Add(kind string, check Check) { c.byKind[kind] = check }

// Obsolete returns which of the contacts are obsolete, by id, and why.
func (c *Checks) Obsolete(ctx context.Context, contacts []Contact) (map[model.ID]string, error) {
	recipients := store.Each(contacts, func(c Contact) model.ID { return c.RecipientID })
	accounts, err := c.accounts.ByID(c.store.Read(ctx), recipients)
	if err != nil {
		return nil, err
	}
	return c.obsolete(ctx, contacts, accounts)
}

// obsolete is Obsolete with the recipients' accounts.
func (c *Checks) obsolete(ctx context.Context, contacts []Contact, accounts map[model.ID]model.Account) (map[model.ID]string, error) {
	reasons := map[model.ID]string{}
	byKind := map[string][]Contact{}
	for _, contact := range contacts {
		if account, known := accounts[contact.RecipientID]; !known || account.DisabledAt != nil {
			reasons[contact.ID] = reasonDisabled
			continue
		}
		byKind[contact.Kind] = append(byKind[contact.Kind], contact)
	}
	for kind, check := range c.byKind {
		if len(byKind[kind]) == 0 {
			continue
		}
		gone, err := check(ctx, byKind[kind])
		if err != nil {
			return nil, err
		}
		for id := range gone {
			reasons[id] = reasonCauseGone
		}
	}
	still := func(which func(Contact) bool) []Contact {
		return slices.DeleteFunc(slices.Clone(contacts), func(c Contact) bool { return reasons[c.ID] != "" || !which(c) })
	}
	if err := c.findStrangers(ctx, still(func(c Contact) bool { return c.PupilID != 0 }), reasons); err != nil {
		return nil, err
	}
	return reasons, c.findRefusals(ctx, still(func(c Contact) bool { return kinds[c.Kind].learning }), reasons)
}

// findStrangers finds the recipients from whom their pupil has been taken. The
// booking that someone made stays theirs until the family or the school says
// that the child is not theirs; all else goes to the family of now alone.
func (c *Checks) findStrangers(ctx context.Context, contacts []Contact, reasons map[model.ID]string) error {
	if len(contacts) == 0 {
		return nil
	}
	pupils := store.Each(contacts, func(c Contact) model.ID { return c.PupilID })
	members, err := family.Members(c.store.Read(ctx), pupils)
	if err != nil {
		return err
	}
	belongs := store.Set(store.Each(members, func(m family.Member) family.Pair {
		return family.Pair{AccountID: m.AccountID, PupilID: m.PupilID}
	}))
	taken, err := family.TakenAway(c.store.Read(ctx), pupils, store.Each(contacts, func(c Contact) model.ID { return c.RecipientID }))
	if err != nil {
		return err
	}
	for _, contact := range contacts {
		pair := family.Pair{AccountID: contact.RecipientID, PupilID: contact.PupilID}
		if !belongs[pair] && (kinds[contact.Kind].queue == model.QueueClass || taken[pair]) {
			reasons[contact.ID] = reasonUnbound
		}
	}
	return nil
}

// findRefusals finds the recipients of learning messages who do not consent to them.
func (c *Checks) findRefusals(ctx context.Context, contacts []Contact, reasons map[model.ID]string) error {
	if len(contacts) == 0 {
		return nil
	}
	subjects := store.Each(contacts, func(c Contact) family.Subject { return family.Subject{AccountID: c.RecipientID, PupilID: c.PupilID} })
	refusals, err := family.Refusals(c.store.Read(ctx), model.PurposeLearning, model.DateOf(c.store.Now()), subjects)
	if err != nil {
		return err
	}
	for i, contact := range contacts {
		if refusals[subjects[i]] != nil {
			reasons[contact.ID] = reasonConsent
		}
	}
	return nil
}
