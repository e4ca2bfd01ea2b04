package store

import (
	"gorm.io/gorm"

	"xinyu/model"
)

// ErrKeyReused refuses an Idempotency-Key that came before with other content.
var ErrKeyReused = model.Conflict("idempotency_key_reused", "请求重复但内容不同，请刷新后再试")

// Replay reads the rows that an earlier call of the account with the same
// Idempotency-Key wrote: none where there was no such call, or no key. Same
// reports whether the rows are what this call would write; where they are not,
// the error is ErrKeyReused.
//
// The table has a unique index over account_id and request_key, which decides
// between calls at the same moment: the one whose insert it refuses
// (IsDuplicate) calls Replay again.
func Replay[R any](db *gorm.DB, account model.ID, key string, same func(rows []R) (bool, error)) ([]R, error) {
	if key == "" {
		return nil, nil
	}
	var rows []R
	if err := db.Where("account_id = ? AND request_key = ?", account, key).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	ok, err := same(rows)
	if err == nil && !ok {
		err = ErrKeyReused
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// KeyColumn is the value of request_key for a call's Idempotency-Key: NULL, of
// which a unique index takes any number, where there is none.
func KeyColumn(key string) *string {
	if key == "" {
		return nil
	}
	return &key
}
