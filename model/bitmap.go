package model

import (
	"database/sql/driver"
	"fmt"
	"math"
	"math/bits"
)

// Bitmap marks the watched seconds of a lesson, one bit a second: bit k%8 of
// byte k/8 stands for [k, k+1). Its length is fixed by the lesson's duration.
type Bitmap []byte

// NewBitmap is an empty bitmap for a lesson of so many seconds.
func NewBitmap(seconds int) Bitmap { return make(Bitmap, (seconds+7)/8) }

// Has reports whether second k is marked.
func (b Bitmap) Has(k int) bool { return k>>3 < len(b) && b[k>>3]&(1<<(k&7)) != 0 }

// Count is the number of marked seconds.
func (b Bitmap) Count() int {
	n := 0
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}

// unmarked counts the seconds of [from, to) not yet marked.
func (b Bitmap) unmarked(from, to int) int {
	n := 0
	for k := from; k < to; k++ {
		if !b.Has(k) {
			n++
		}
	}
	return n
}

// mark marks the seconds of [from, to).
func (b Bitmap) mark(from, to int) {
	for k := from; k < to; k++ {
		b[k>>3] |= 1 << (k & 7)
	}
}

// markFirst marks the first n unmarked seconds from a second on, which must be
// there, and returns the second behind them.
func (b Bitmap) markFirst(from, n int) int {
	for ; n > 0; from++ {
		if !b.Has(from) {
			b.mark(from, from+1)
			n--
		}
	}
	return from
}

// Segments are the marked stretches in order, as the player's bar shows them. Never nil.
func (b Bitmap) Segments() []Segment {
	list := []Segment{}
	start := -1
	for k := 0; k <= len(b)*8; k++ {
		switch has := b.Has(k); {
		case has && start < 0:
			start = k
		case !has && start >= 0:
			list = append(list, Segment{From: float64(start), To: float64(k)})
			start = -1
		}
	}
	return list
}

// Value implements driver.Valuer.
func (b Bitmap) Value() (driver.Value, error) { return []byte(b), nil }

// Scan implements sql.Scanner; it copies, as the driver reuses its buffer.
func (b *Bitmap) Scan(src any) error {
	switch v := src.(type) {
	case []byte:
		*b = append(Bitmap(nil), v...)
	case nil:
		*b = nil
	default:
		return fmt.Errorf("scan bitmap: unexpected %T", src)
	}
	return nil
}

// Segment is a played stretch of media time in seconds, half-open: [From, To).
type Segment struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// seconds are the whole seconds that the segment covers: those whose middle
// lies in it. So stretches that touch leave no hole between them, and no
// second is covered by less than half of it being played.
func (s Segment) seconds(duration int) (from, to int) {
	from = int(math.Ceil(s.From - 0.5))
	to = int(math.Ceil(s.To - 0.5))
	return max(from, 0), min(to, duration)
}
