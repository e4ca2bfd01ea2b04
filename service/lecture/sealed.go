package lecture

import (
	"xinyu/model"
	"xinyu/service/platform/vault"
)

// SealedColumns are the columns of this package's tables that hold sealed values.
func SealedColumns() []vault.Column {
	return []vault.Column{
		{Table: "session_posts", ID: "id", Value: "content", Field: vault.Field(model.SessionPostField)},
		{Table: "check_in_retractions", ID: "id", Value: "reason", Field: vault.Field(model.RetractionReasonField)},
	}
}
