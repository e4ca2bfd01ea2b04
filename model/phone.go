package model

import (
	"strings"
	"time"
)

// AccountPhone is the telephone number that an adult left, of their own will,
// so that they can be called where no message reaches them.
type AccountPhone struct {
	AccountID  ID     `gorm:"primaryKey;autoIncrement:false"`
	Number     []byte // sealed
	NumberHash []byte // keyed hash, for look-ups
	CreatedAt  time.Time
}

// NormalPhone is the one form of a telephone number: digits, after a + where
// it is not of the mainland. It is empty where the text is no such number.
func NormalPhone(s string) string {
	text, ok := NormalText(s)
	if !ok {
		return ""
	}
	text = strings.NewReplacer(" ", "", "-", "").Replace(text)
	if national, ok := strings.CutPrefix(text, "+86"); ok && isDigits(national) && len(national) == 11 {
		text = national
	}
	digits := strings.TrimPrefix(text, "+")
	if !isDigits(digits) || len(digits) < 5 || len(digits) > 15 {
		return ""
	}
	return text
}
