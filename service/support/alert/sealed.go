package alert

import "xinyu/service/platform/vault"

// fieldEntry is the sealed text of an alert's entry.
const fieldEntry = "alert_entries.content"

// SealedColumns are the columns of this package's tables that hold sealed values.
func SealedColumns() []vault.Column {
	return []vault.Column{{Table: "alert_entries", ID: "id", Value: "content", Field: vault.Field(fieldEntry)}}
}
