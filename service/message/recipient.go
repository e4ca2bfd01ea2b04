package message

import (
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
)

// Recipients tells whom WeChat can bring a kind of message: for messages that
// are written to those alone. It is safe for concurrent use.
type Recipients struct {
	templates Templates
	accounts  Accounts
	followers *Followers // nil: nobody follows
}

// NewRecipients makes Recipients. followers may be nil.
func NewRecipients(templates Templates, accounts Accounts, followers *Followers) *Recipients {
	return &Recipients{templates: templates, accounts: accounts, followers: followers}
}

// Any reports whether a kind of message can reach anybody at all: without a
// template there is no message.
func (r *Recipients) Any(kind string) bool {
	return r.templates.miniProgram(kind) != nil || r.templates.official(kind) != nil && r.followers != nil
}

// Reachable returns those of the accounts that have a permission left for the
// kind, or follow the official account where it carries the kind.
func (r *Recipients) Reachable(db *gorm.DB, kind string, accounts []model.ID) (map[model.ID]bool, error) {
	reachable := map[model.ID]bool{}
	if c := r.templates.miniProgram(kind); c != nil {
		for part := range slices.Chunk(accounts, batchRows) {
			credits, err := creditsOf(db.Where("template_id = ?", c.ID), part)
			if err != nil {
				return nil, err
			}
			for key := range credits {
				reachable[key.account] = true
			}
		}
	}
	if r.templates.official(kind) == nil || r.followers == nil {
		return reachable, nil
	}
	for part := range slices.Chunk(accounts, batchRows) {
		known, err := r.accounts.ByID(db, part)
		if err != nil {
			return nil, err
		}
		following, err := r.followers.OpenIDs(db, known)
		if err != nil {
			return nil, err
		}
		for id := range following {
			reachable[id] = true
		}
	}
	return reachable, nil
}
