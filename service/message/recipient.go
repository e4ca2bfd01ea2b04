package message

import (
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
)

// Reach tells whom a kind of message would reach by WeChat: for messages that
// are only written to those. It is safe for concurrent use.
type Reach struct {
	templates Templates
	followers Followers // nil: nobody follows
}

// NewReach makes a Reach. followers may be nil.
func NewReach(templates Templates, followers Followers) *Reach {
	return &Reach{templates: templates, followers: followers}
}

// Anyone reports whether a kind of message can reach anybody at all: no
// template, no message.
func (r *Reach) Anyone(kind string) bool {
	return r.templates.miniProgram(kind) != nil || r.templates.official(kind) != nil && r.followers != nil
}

// Of keeps those of the accounts who have leave left for the kind, or follow
// the official account where it carries the kind.
func (r *Reach) Of(db *gorm.DB, kind string, accounts []model.ID) (map[model.ID]bool, error) {
	reached := map[model.ID]bool{}
	if c := r.templates.miniProgram(kind); c != nil {
		for part := range slices.Chunk(accounts, written) {
			var found []model.ID
			err := db.Model(&model.MessageCredit{}).Where("account_id IN ? AND template_id = ? AND credits > 0", part, c.ID).Pluck("account_id", &found).Error
			if err != nil {
				return nil, err
			}
			for _, id := range found {
				reached[id] = true
			}
		}
	}
	if r.templates.official(kind) == nil || r.followers == nil {
		return reached, nil
	}
	for part := range slices.Chunk(accounts, written) {
		following, err := r.followers(db, part)
		if err != nil {
			return nil, err
		}
		for id := range following {
			reached[id] = true
		}
	}
	return reached, nil
}
