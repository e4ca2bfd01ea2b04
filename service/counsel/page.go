package counsel

import (
	"strconv"
	"strings"
	"time"

	"xinyu/model"
)

// Sizes of a page of a list.
const (
	usualPage = 50
	maxPage   = 200
)

func pageSize(limit int) int {
	if limit <= 0 {
		return usualPage
	}
	return min(limit, maxPage)
}

var errCursor = model.Invalid("cursor", "cursor_malformed", "请从第一页重新查看")

// Page is a part of a long list. An empty NextCursor marks the last one.
type Page[T any] struct {
	Items      []T // never nil
	NextCursor string
}

// timeCursor marks a place in a list that is sorted by time and id.
type timeCursor struct {
	at time.Time
	id model.ID
}

func (c timeCursor) String() string {
	return strconv.FormatInt(c.at.UnixMilli(), 10) + "." + c.id.String()
}

func parseTimeCursor(s string) (timeCursor, error) {
	ms, id, ok := strings.Cut(s, ".")
	n, err := strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil {
		return timeCursor{}, errCursor
	}
	parsed, err := model.ParseID(id)
	if err != nil {
		return timeCursor{}, errCursor
	}
	return timeCursor{at: time.UnixMilli(n).UTC(), id: parsed}, nil
}

// cutPage drops the row beyond the page, which was read only to know that
// there is more, and returns the cursor after the page.
func cutPage[T any](rows []T, size int, cursor func(T) string) ([]T, string) {
	if len(rows) <= size {
		return rows, ""
	}
	return rows[:size], cursor(rows[size-1])
}
