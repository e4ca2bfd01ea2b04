package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"xinyu/model"
)

// maxHeard bounds bodies that answer the safety question, in bytes: far above
// what their texts may hold, as the answer is heard before a text is refused.
const maxHeard = 1 << 20

// noSuchID names nothing. It is not zero, which stands for an absent id.
const noSuchID model.ID = -1

// heardID is an id beside an answer to the safety question. What can't be an
// id is read as one that names nothing, so that the answer is heard first and
// the service then finds no such thing.
type heardID struct{ model.ID }

// UnmarshalJSON implements json.Unmarshaler; it never fails.
func (id *heardID) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		id.ID = 0
	} else if id.ID.UnmarshalJSON(b) != nil {
		id.ID = noSuchID
	}
	return nil
}

// UnmarshalText reads an id of a path; it never fails.
func (id *heardID) UnmarshalText(b []byte) error {
	if id.ID.UnmarshalText(b) != nil {
		id.ID = noSuchID
	}
	return nil
}

// Schema implements huma.SchemaProvider: of no type, so that nothing is refused.
func (heardID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "An id, as a string", Examples: []any{"250664320944308620"}}
}

// heardText is a text beside an answer to the safety question. A value of
// another kind is kept as it was written.
type heardText string

// UnmarshalJSON implements json.Unmarshaler; it never fails.
func (t *heardText) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil { // null leaves it empty
		s = string(b)
	}
	*t = heardText(s)
	return nil
}

// Schema implements huma.SchemaProvider: of no type, so that nothing is refused.
func (heardText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A text"}
}
