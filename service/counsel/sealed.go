package counsel

import "xinyu/service/platform/vault"

// SealedColumns are the columns of this package's tables that hold sealed values.
func SealedColumns() []vault.Column {
	return []vault.Column{
		{Table: "bookings", ID: "id", Value: "concern", Field: vault.Field(fieldConcern)},
		{Table: "counsel_records", ID: "id", Value: "content", Field: vault.Field(fieldRecord)},
		{Table: "booking_feedback", ID: "booking_id", Value: "content", Field: vault.Field(fieldFeedback)},
	}
}
