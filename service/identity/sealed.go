package identity

import "xinyu/service/platform/vault"

const fieldLockReason = "accounts.lock_reason"

// SealedColumns are the columns of this package's tables that hold sealed values.
func SealedColumns() []vault.Column {
	return []vault.Column{{Table: "accounts", ID: "id", Value: "lock_reason", Field: vault.Field(fieldLockReason)}}
}
