package rest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// describe completes the line of the OpenAPI document: bodies that are no
// JSON, and how the call can be refused, each status with its stable codes.
func (s *Server) describe(r Route) {
	item := s.OpenAPI().Paths[Base+r.Path]
	op := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete}[r.Method]
	if r.takes != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: r.takes}
	}
	if r.gives != nil {
		op.Responses["200"] = r.gives
	}
	codes := map[int][]string{}
	framework := func(statuses ...int) {
		for _, status := range statuses {
			codes[status] = append(codes[status], frameworkRefusals[status].code)
		}
	}
	if r.Access.Name != Public.Name {
		codes[statusOf[errNoToken.Kind]] = []string{errNoToken.Code, s.badToken.Code}
	}
	if r.Access.Roles != nil {
		codes[statusOf[errNoRole.Kind]] = []string{errNoRole.Code}
	}
	if op.RequestBody != nil {
		framework(http.StatusRequestEntityTooLarge)
		if op.RequestBody.Content["application/json"] != nil {
			framework(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusUnsupportedMediaType)
		}
	}
	if op.RequestBody != nil || len(op.Parameters) > 0 {
		framework(http.StatusUnprocessableEntity)
	}
	for status, list := range s.codes[r.Method+" "+r.Path] {
		codes[status] = append(codes[status], list...)
	}
	var text []string
	for _, status := range slices.Sorted(maps.Keys(codes)) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Ref: s.refusalResponse(status)}
		text = append(text, strconv.Itoa(status)+" "+strings.Join(codes[status], ", "))
	}
	if len(text) == 0 { // nothing but net/http's own limit on headers, which holds for all calls
		op.Responses["431"] = &huma.Response{Description: http.StatusText(http.StatusRequestHeaderFieldsTooLarge)}
		return
	}
	op.Description = "Refusals: " + strings.Join(text, "; ") + "."
	op.Extensions["x-codes"] = codes
}

// refusalResponse is the reference to the response of a status.
func (s *Server) refusalResponse(status int) string {
	name := strings.ReplaceAll(http.StatusText(status), " ", "")
	components := s.OpenAPI().Components
	if components.Responses == nil {
		components.Responses = map[string]*huma.Response{}
	}
	components.Responses[name] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
	return "#/components/responses/" + name
}
