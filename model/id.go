package model

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// ID identifies a row. It is given by the application, grows with time (but for
// RandomID) and is unique across replicas; in JSON it is a string, because JavaScript's numbers
// end at 2^53. Zero is no id.
type ID int64

// The layout of an ID: 41 bits of milliseconds since idEpoch (enough until
// 2094), 10 bits of node, 12 bits of sequence.
const (
	nodeBits     = 10
	sequenceBits = 12
	// MaxNodes is how many processes may hand out ids at once.
	MaxNodes = 1 << nodeBits
)

var idEpoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

var errBadID = errors.New("id must be a positive decimal number")

// NoSuchID names nothing. It is not zero, which stands for an absent id.
const NoSuchID ID = -1

// ParseID reads the decimal form used on the wire.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || s[0] == '+' || s[0] == '0' {
		return 0, errBadID
	}
	return ID(n), nil
}

// String is the decimal form used on the wire.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// MarshalJSON writes the id as a string.
func (id ID) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 22)
	b = append(b, '"')
	b = strconv.AppendInt(b, int64(id), 10)
	return append(b, '"'), nil
}

// UnmarshalJSON reads the id from a string; a number is refused, as it may
// have lost digits on its way.
func (id *ID) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errBadID
	}
	return id.UnmarshalText([]byte(s))
}

// UnmarshalText reads the decimal form, as path and query parameters have it.
func (id *ID) UnmarshalText(b []byte) error {
	v, err := ParseID(string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// MarshalText writes the decimal form, for map keys.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// Value implements driver.Valuer.
func (id ID) Value() (driver.Value, error) { return int64(id), nil }

// Scan implements sql.Scanner.
func (id *ID) Scan(src any) error {
	switch v := src.(type) {
	case int64:
		*id = ID(v)
	case []byte:
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			return fmt.Errorf("scan id: %w", err)
		}
		*id = ID(n)
	case nil:
		*id = 0
	default:
		return fmt.Errorf("scan id: unexpected %T", src)
	}
	return nil
}

// RandomID is an id that tells nothing of when it was given, for rows whose readers
// may not know that.
func RandomID() ID {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return ID(max(1, binary.BigEndian.Uint64(b[:])>>1))
}

// IDAt is the least id that could have been given at t: rows with a smaller
// one are older.
func IDAt(t time.Time) ID {
	return ID(max(t.Sub(idEpoch).Milliseconds(), 0) << (nodeBits + sequenceBits))
}

// Time is when the id was given, to the millisecond, in UTC.
func (id ID) Time() time.Time {
	return idEpoch.Add(time.Duration(id>>(nodeBits+sequenceBits)) * time.Millisecond)
}

// IDs hands out ids for one process. Two processes never share a node number:
// the store leases it.
type IDs struct {
	mu   sync.Mutex
	now  func() time.Time
	node int64
	last int64 // milliseconds since idEpoch of the newest id
	seq  int64
}

// NewIDs is a source of ids for the node (0 ≤ node < MaxNodes) on the given clock.
func NewIDs(node int, now func() time.Time) *IDs {
	if node < 0 || node >= MaxNodes {
		panic("model: node out of range")
	}
	return &IDs{node: int64(node), now: now}
}

// Next is a new id, greater than every id this source gave before, also when
// the clock steps back. When a millisecond is used up it borrows from the next.
func (g *IDs) Next() ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	ms := g.now().Sub(idEpoch).Milliseconds()
	if ms > g.last {
		g.last, g.seq = ms, 0
	} else if g.seq++; g.seq == 1<<sequenceBits {
		g.last++
		g.seq = 0
	}
	return ID(g.last<<(nodeBits+sequenceBits) | g.node<<sequenceBits | g.seq)
}
