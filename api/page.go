package api

// PageInput are the parameters of every list.
type PageInput struct {
	Limit  int     `query:"limit" default:"20" minimum:"1" maximum:"100"`
	Cursor idParam `query:"cursor" doc:"nextCursor of the page before"`
}

// page is the answer of every list.
type page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty" doc:"Absent on the last page"`
}
