// Package alert keeps the alerts: who may be in danger, who must acknowledge it,
// and by when.
package alert

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Service is the domain of alerts. It is safe for concurrent use.
type Service struct {
	store  *store.Store
	booked Booked
	lock   Lock
}

// Booked returns which of the ids are those of bookings. An alert is raised
// before the booking is judged, under the id that the booking will have; where
// that is refused, or not yet made, the id leads nowhere.
type Booked func(db *gorm.DB, ids []model.ID) (map[model.ID]bool, error)

// Lock locks the row of an account until the transaction ends: identity.Directory.Lock.
type Lock func(st *store.Store, tx *gorm.DB, account model.ID) error

// New makes the service.
func New(st *store.Store, booked Booked, lock Lock) *Service {
	return &Service{store: st, booked: booked, lock: lock}
}
