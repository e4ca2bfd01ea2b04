package counsel

import (
	"fmt"

	"xinyu/model"
	"xinyu/service/platform/vault"
)

// The fields that are sealed.
const (
	fieldConcern      = "bookings.concern"
	fieldCancelReason = "bookings.cancel_reason"
	fieldRecord       = "counsel_records.content"
	fieldFeedback     = "booking_feedback.content"
)

// SealedColumns are the columns of this package's tables that hold sealed values.
func SealedColumns() []vault.Column {
	return []vault.Column{
		{Table: "bookings", ID: "id", Value: "concern", Field: vault.Field(fieldConcern)},
		{Table: "bookings", ID: "id", Value: "cancel_reason", Field: vault.Field(fieldCancelReason)},
		{Table: "counsel_records", ID: "id", Value: "content", Field: vault.Field(fieldRecord)},
		{Table: "booking_feedback", ID: "booking_id", Value: "content", Field: vault.Field(fieldFeedback)},
	}
}

// sealText encrypts a text of the row with the id; nil stands for none.
func (s *Service) sealText(field string, id model.ID, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return s.vault.Seal(field, id, text)
}

// openText decrypts what sealText has encrypted.
func (s *Service) openText(field string, id model.ID, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	text, err := s.vault.Unseal(field, id, sealed)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", field, err)
	}
	return text, nil
}
