package message

import (
	"context"

	"xinyu/model"
)

// letter is a row on its way.
type letter struct {
	Letter
	row     model.OutboxMessage
	channel Channel
	name    string // of the channel
	// credit says that it takes one of the recipient's credits of the template.
	credit bool
	answer Answer
	reason string
}

// plan is what is to be done with a claimed row: one of a letter, a call, or nothing.
type plan struct {
	row    model.OutboxMessage
	letter *letter
	call   bool
	reason string // of a call or a drop
}

// plan decides, row by row, from what is known now. begin holds it against
// what is true in its transaction.
func (s *Sender) plan(ctx context.Context, rows []model.OutboxMessage) ([]plan, error) {
	accounts, err := s.accounts(ctx, rows)
	if err != nil {
		return nil, err
	}
	over, err := s.over(ctx, rows, accounts)
	if err != nil {
		return nil, err
	}
	credits, err := s.creditsOf(ctx, rows)
	if err != nil {
		return nil, err
	}
	following, err := s.following(ctx, rows)
	if err != nil {
		return nil, err
	}
	plans := make([]plan, len(rows))
	for i, row := range rows {
		plans[i] = plan{row: row, reason: over[row.ID]}
		if over[row.ID] != "" {
			continue
		}
		if plans[i].letter, err = s.letter(row, accounts[row.RecipientID].OpenID, following[row.RecipientID], credits); err != nil {
			return nil, err
		}
		if l := plans[i].letter; l != nil && l.credit {
			credits[creditKey{row.RecipientID, l.TemplateID}]-- // each letter needs one of its own
		}
		if plans[i].letter == nil {
			plans[i].call, plans[i].reason = kinds[row.Kind].calls, reasonNoChannel
		}
	}
	return plans, nil
}

// letter is the row's letter by the first channel that can carry it, or nil.
func (s *Sender) letter(row model.OutboxMessage, openID, follower string, credits map[creditKey]int) (*letter, error) {
	if c := s.opts.Templates.miniProgram(row.Kind); c != nil && s.opts.MiniProgram != nil && openID != "" && credits[creditKey{row.RecipientID, c.ID}] > 0 {
		return write(row, *c, letter{channel: s.opts.MiniProgram, name: channelMiniProgram, credit: true}, openID)
	}
	c := s.opts.Templates.official(row.Kind)
	if c == nil || s.opts.Official == nil || follower == "" {
		return nil, nil
	}
	return write(row, *c, letter{channel: s.opts.Official, name: channelOfficial}, follower)
}

func write(row model.OutboxMessage, c Carrier, l letter, openID string) (*letter, error) {
	p := readPayload(row)
	data, err := c.data(kinds[row.Kind], p.at(row))
	if err != nil {
		return nil, err
	}
	l.row, l.Letter = row, Letter{OpenID: openID, TemplateID: c.ID, Page: kinds[row.Kind].page(p), Data: data}
	return &l, nil
}

func (s *Sender) accounts(ctx context.Context, rows []model.OutboxMessage) (map[model.ID]model.Account, error) {
	var list []model.Account
	err := s.store.Read(ctx).Select("id", "open_id", "disabled_at").Where("id IN ?", recipients(rows)).Find(&list).Error
	accounts := make(map[model.ID]model.Account, len(list))
	for _, a := range list {
		accounts[a.ID] = a
	}
	return accounts, err
}

func recipients(rows []model.OutboxMessage) []model.ID {
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.RecipientID
	}
	return ids
}

// following are the recipients' openids with the official account, where they follow it.
func (s *Sender) following(ctx context.Context, rows []model.OutboxMessage) (map[model.ID]string, error) {
	if s.opts.Official == nil || s.opts.Followers == nil {
		return nil, nil
	}
	return s.opts.Followers(s.store.Read(ctx), recipients(rows))
}

// creditKey names a count of the ledger.
type creditKey struct {
	account  model.ID
	template string
}

// creditsOf reads the recipients' credits.
func (s *Sender) creditsOf(ctx context.Context, rows []model.OutboxMessage) (map[creditKey]int, error) {
	var list []model.MessageCredit
	err := s.store.Read(ctx).Where("account_id IN ? AND credits > 0", recipients(rows)).Find(&list).Error
	credits := make(map[creditKey]int, len(list))
	for _, c := range list {
		credits[creditKey{c.AccountID, c.TemplateID}] = c.Credits
	}
	return credits, err
}
