package service

import (
	"slices"

	"xinyu/service/counsel"
	"xinyu/service/family"
	"xinyu/service/identity"
	"xinyu/service/lecture"
	"xinyu/service/org"
	"xinyu/service/platform/vault"
	"xinyu/service/support/alert"
)

// SealedColumns are all columns of the database with sealed values, as their owners name them.
func SealedColumns() []vault.Column {
	return slices.Concat(family.SealedColumns(), org.SealedColumns(), lecture.SealedColumns(), counsel.SealedColumns(), identity.SealedColumns(), alert.SealedColumns())
}
