package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// describe completes the line of the OpenAPI document: bodies that are no
// JSON, and how the pipeline refuses a call before its handler runs, each
// status with its stable codes. What the services refuse is under the default
// response.
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
	for status, list := range codes {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Ref: s.refusalResponse(status, list)}
	}
}

// refusalResponse is the reference to the response of a status, of which each has one list of codes.
func (s *Server) refusalResponse(status int, codes []string) string {
	name := strings.ReplaceAll(http.StatusText(status), " ", "")
	components := s.OpenAPI().Components
	if components.Responses == nil {
		components.Responses = map[string]*huma.Response{}
	}
	if components.Responses[name] == nil {
		response := &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
		if len(codes) > 0 {
			response.Description += ": " + strings.Join(codes, ", ")
			response.Extensions = map[string]any{"x-codes": codes}
		}
		components.Responses[name] = response
	}
	return "#/components/responses/" + name
}
