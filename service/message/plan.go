package message

import (
	"context"
	"maps"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

// plan is what is to be done with a claimed row: an attempt, a call, or nothing.
type plan struct {
	row     model.OutboxMessage
	attempt *attempt
	call    bool
	reason  string // of a call or a drop
}

// plan decides, row by row, from what is known now. start holds it against
// what is true in its transaction.
func (d *delivering) plan(ctx context.Context, rows []model.OutboxMessage) ([]plan, error) {
	recipients := store.Each(rows, func(r model.OutboxMessage) model.ID { return r.RecipientID })
	db := d.store.Read(ctx)
	accounts, err := d.ledger.accounts.ByID(db, recipients)
	if err != nil {
		return nil, err
	}
	reasons, err := d.reasonsAgainst(ctx, rows, accounts)
	if err != nil {
		return nil, err
	}
	credits, err := creditsOf(db, recipients)
	if err != nil {
		return nil, err
	}
	var following map[model.ID]string
	if d.opts.Official != nil && d.opts.Followers != nil {
		if following, err = d.opts.Followers.OpenIDs(db, accounts); err != nil {
			return nil, err
		}
	}
	plans := make([]plan, len(rows))
	for i, row := range rows {
		plans[i] = plan{row: row, reason: reasons[row.ID]}
		if reasons[row.ID] != "" {
			continue
		}
		if plans[i].attempt, err = d.attempt(row, accounts[row.RecipientID].OpenID, following[row.RecipientID], credits); err != nil {
			return nil, err
		}
		if a := plans[i].attempt; a != nil && a.credit {
			credits[creditKey{row.RecipientID, a.TemplateID}]-- // each attempt needs one of its own
		}
		if plans[i].attempt == nil {
			plans[i].call, plans[i].reason = kinds[row.Kind].calls, reasonNoChannel
		}
	}
	return plans, nil
}

// reasonsAgainst says which rows are late or obsolete.
func (d *delivering) reasonsAgainst(ctx context.Context, rows []model.OutboxMessage, accounts map[model.ID]model.Account) (map[model.ID]string, error) {
	now := d.store.Now()
	var contacts []Contact
	late := map[model.ID]string{}
	for _, r := range rows {
		if now.Before(r.CutoffAt) {
			contacts = append(contacts, Contact{ID: r.ID, Kind: r.Kind, CauseKind: r.CauseKind, CauseID: r.CauseID, RecipientID: r.RecipientID, PupilID: r.PupilID})
		} else {
			late[r.ID] = reasonLate
		}
	}
	reasons, err := d.checks.obsolete(ctx, contacts, accounts)
	if err == nil {
		maps.Copy(reasons, late)
	}
	return reasons, err
}

// attempt is the row's attempt by the first channel that can carry it, or nil.
func (d *delivering) attempt(row model.OutboxMessage, openID, follower string, credits map[creditKey]int) (*attempt, error) {
	if c := d.opts.Templates.miniProgram(row.Kind); c != nil && d.opts.MiniProgram != nil && openID != "" && credits[creditKey{row.RecipientID, c.ID}] > 0 {
		return fill(row, *c, attempt{channel: d.opts.MiniProgram, name: channelMiniProgram, credit: true}, openID)
	}
	c := d.opts.Templates.official(row.Kind)
	if c == nil || d.opts.Official == nil || follower == "" {
		return nil, nil
	}
	return fill(row, *c, attempt{channel: d.opts.Official, name: channelOfficial}, follower)
}

// fill fills the template for the attempt.
func fill(row model.OutboxMessage, c Carrier, a attempt, openID string) (*attempt, error) {
	p := readPayload(row)
	data, err := c.data(kinds[row.Kind], p.at(row))
	if err != nil {
		return nil, err
	}
	a.row, a.Message = row, wechat.Message{OpenID: openID, TemplateID: c.ID, Page: kinds[row.Kind].page(p), Data: data}
	return &a, nil
}
