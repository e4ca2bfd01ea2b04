package lecture

import (
	"encoding/base64"
	"strconv"
	"strings"

	"xinyu/model"
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T `json:"items"`
	// NextCursor is empty on the last page.
	NextCursor string `json:"nextCursor,omitempty"`
}

const (
	usualPage = 20
	maxPage   = 200
)

func pageSize(asked int) int {
	if asked <= 0 {
		return usualPage
	}
	return min(asked, maxPage)
}

// pageOf makes a page from rows that were read with one more than limit.
func pageOf[R, T any](rows []R, limit int, view func(R) T, cursor func(R) string) Page[T] {
	page := Page[T]{Items: make([]T, 0, min(len(rows), limit))}
	if len(rows) > limit {
		rows = rows[:limit]
		page.NextCursor = cursor(rows[limit-1])
	}
	for _, r := range rows {
		page.Items = append(page.Items, view(r))
	}
	return page
}

// cursorOf is the place in a list behind a row with these sort keys.
func cursorOf(keys ...int64) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = strconv.FormatInt(k, 10)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, ".")))
}

// readCursor answers the n sort keys of a cursor, nil for an empty one.
func readCursor(cursor string, n int) ([]int64, error) {
	if cursor == "" {
		return nil, nil
	}
	invalid := model.Invalid("cursor", "cursor_invalid", "翻页参数不对，请从头查看")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, invalid
	}
	parts := strings.Split(string(text), ".")
	if len(parts) != n {
		return nil, invalid
	}
	keys := make([]int64, n)
	for i, part := range parts {
		if keys[i], err = strconv.ParseInt(part, 10, 64); err != nil {
			return nil, invalid
		}
	}
	return keys, nil
}
