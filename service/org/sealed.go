package org

import "xinyu/service/platform/vault"

// SealedColumns are the columns of this package's tables that hold sealed values.
func SealedColumns() []vault.Column {
	return []vault.Column{{Table: "roster_import_parts", ID: "import_id", Part: "part", Value: "content", Field: contentField}}
}
