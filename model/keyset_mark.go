package model

// KeysetMark is by what a database knows the encryption keys that its data was
// sealed and hashed with. There is one row.
type KeysetMark struct {
	ID   ID     `gorm:"primaryKey;autoIncrement:false"`
	Mark []byte // a keyed hash, which stays the same when sealing keys are rotated
}
