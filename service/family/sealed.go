package family

import (
	"xinyu/model"
	"xinyu/service/platform/vault"
)

// SealedColumns are the columns of this package's tables that hold sealed values.
func SealedColumns() []vault.Column {
	return []vault.Column{
		{Table: "account_phones", ID: "account_id", Value: "number", Field: vault.Field(field)},
		{Table: "pupils", ID: "id", Value: "student_no", Field: vault.Field(model.StudentNoField)},
	}
}
