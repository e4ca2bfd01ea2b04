package rest

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"xinyu/model"
)

// LenientID is an id that no call is refused for. What can't be an id is read
// as model.NoSuchID, so that the service runs and then finds no such thing.
type LenientID struct{ model.ID }

// UnmarshalJSON implements json.Unmarshaler; it never fails.
func (id *LenientID) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		id.ID = 0
	} else if id.ID.UnmarshalJSON(b) != nil {
		id.ID = model.NoSuchID
	}
	return nil
}

// UnmarshalText reads an id of a path; it never fails.
func (id *LenientID) UnmarshalText(b []byte) error {
	if id.ID.UnmarshalText(b) != nil {
		id.ID = model.NoSuchID
	}
	return nil
}

// Schema implements huma.SchemaProvider: of no type, so that nothing is refused.
func (LenientID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "An id, as a string", Examples: []any{"250664320944308620"}}
}

// LenientText is a text that no call is refused for. A value of another kind
// is kept as it was written.
type LenientText string

// UnmarshalJSON implements json.Unmarshaler; it never fails.
func (t *LenientText) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil { // null leaves it empty
		s = string(b)
	}
	*t = LenientText(s)
	return nil
}

// Schema implements huma.SchemaProvider: of no type, so that nothing is refused.
func (LenientText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A text"}
}
