package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// DefaultLimit is how many items a page has where the caller does not say;
// MaxLimit is the most that a caller gets.
const (
	DefaultLimit = 20
	MaxLimit     = 200
)

// maxCursor bounds what is decoded of a cursor that a client sent, in bytes.
const maxCursor = 1024

// ErrCursor refuses a cursor that no page of this list, in this order, gave.
var ErrCursor = model.Invalid("cursor", "cursor_invalid", "翻页参数不对，请从头查看")

// PageRequest asks for one page of a list. The zero value is the first page
// with DefaultLimit items. Its tags describe it as the query of a call.
type PageRequest struct {
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"200" doc:"The most items to return"`
	Cursor string `query:"cursor" doc:"nextCursor of the page before"`
}

// IDParam is an id in the path or the query of a call, where huma would read a
// model.ID as a number. In a body model.ID itself is right.
type IDParam struct{ model.ID }

// Size is the number of items on a full page.
func (p PageRequest) Size() int {
	if p.Limit <= 0 {
		return DefaultLimit
	}
	return min(p.Limit, MaxLimit)
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items"` // never nil
	NextCursor string `json:"nextCursor,omitempty" doc:"Absent on the last page"`
}

// PageOf is the page that shows the rows.
func PageOf[R, T any](rows []R, next string, view func(R) T) Page[T] {
	return Page[T]{Items: Each(rows, view), NextCursor: next}
}

// Keys are the values of a row's ordering columns. Each is a model.ID, a
// time.Time (whole milliseconds, as the database has them) or a string.
type Keys []any

// Order is the order of a list of rows R, by which its pages follow one
// another: a page begins after the ordering keys of the last row of the page
// before (a keyset), so that rows which come or go meanwhile move nothing.
type Order[R any] struct {
	columns    []string
	descending bool
	keys       func(R) Keys
}

// Ascending orders rows by the columns, of which the last is unique in the list.
// Keys returns a row's values of these columns.
func Ascending[R any](keys func(R) Keys, columns ...string) Order[R] {
	return Order[R]{columns: columns, keys: keys}
}

// Descending is Ascending from the other end.
func Descending[R any](keys func(R) Keys, columns ...string) Order[R] {
	return Order[R]{columns: columns, keys: keys, descending: true}
}

// Read runs the query for one page. Next is the cursor of the page after it,
// empty on the last page. The error is ErrCursor for a cursor of another list.
func (o Order[R]) Read(query *gorm.DB, page PageRequest) (rows []R, next string, err error) {
	after, err := o.Parse(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	if after != nil {
		query = query.Where(o.beyond(after))
	}
	size := page.Size()
	// One row more tells whether there is another page.
	if err := query.Order(o.by()).Limit(size + 1).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	rows, next = o.Cut(rows, size)
	return rows, next, nil
}

// Cut drops the rows beyond the page and returns the cursor of the next page,
// which is empty where there was nothing to drop.
func (o Order[R]) Cut(rows []R, size int) (page []R, next string) {
	if len(rows) <= size {
		return rows, ""
	}
	return rows[:size], o.Cursor(rows[size-1])
}

// Cursor marks the place behind the row.
func (o Order[R]) Cursor(row R) string {
	parts := []string{o.mark()}
	for _, k := range o.keys(row) {
		parts = append(parts, encodeKey(k))
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // strings can be marshalled
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Parse returns the keys in a cursor, nil for an empty one. The error is ErrCursor.
func (o Order[R]) Parse(cursor string) (Keys, error) {
	if cursor == "" {
		return nil, nil
	}
	if len(cursor) > maxCursor {
		return nil, ErrCursor
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, ErrCursor
	}
	var parts []string
	var row R
	like := o.keys(row)
	if json.Unmarshal(text, &parts) != nil || len(parts) != 1+len(like) || parts[0] != o.mark() {
		return nil, ErrCursor
	}
	keys := make(Keys, len(like))
	for i, k := range like {
		var ok bool
		if keys[i], ok = decodeKey(parts[1+i], k); !ok {
			return nil, ErrCursor
		}
	}
	return keys, nil
}

// mark tells the cursors of one list and order from those of others.
func (o Order[R]) mark() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(o.by()))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

func (o Order[R]) by() string {
	if o.descending {
		return strings.Join(o.columns, " DESC, ") + " DESC"
	}
	return strings.Join(o.columns, ", ")
}

// beyond keeps the rows behind the keys: (a > ? OR a = ? AND b > ?) for two columns.
func (o Order[R]) beyond(keys Keys) Cond {
	than := " > ?"
	if o.descending {
		than = " < ?"
	}
	var alternatives []string
	var args []any
	equal := ""
	for i, column := range o.columns {
		alternatives = append(alternatives, equal+column+than)
		args = append(append(args, keys[:i]...), keys[i])
		equal += column + " = ? AND "
	}
	return Where(strings.Join(alternatives, " OR "), args...)
}

func encodeKey(key any) string {
	switch k := key.(type) {
	case model.ID:
		return k.String()
	case time.Time:
		return strconv.FormatInt(k.UnixMilli(), 10)
	case string:
		return k
	}
	panic(fmt.Sprintf("store: a cursor can't hold a %T", key))
}

// decodeKey reads a key of the same type as like.
func decodeKey(text string, like any) (any, bool) {
	if _, ok := like.(string); ok {
		return text, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, false
	}
	if _, ok := like.(model.ID); ok {
		return model.ID(n), n >= 0
	}
	at := time.UnixMilli(n).UTC()
	return at, at.Year() >= 1 && at.Year() <= 9999 // MySQL's driver refuses others
}
