package rest

import (
	"cmp"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
)

// describeResponse sets the operation's status and says what the call returns:
// nothing, the JSON of the type or, where the route says so, a file.
func describeResponse(api huma.API, op *huma.Operation, out reflect.Type) {
	if both, ok := reflect.Zero(out).Interface().(twofold); ok {
		now, later := both.types()
		describeResponse(api, op, now)
		op.Responses[strconv.Itoa(http.StatusAccepted)] = jsonResponse(api, later, op.OperationID+"Later", http.StatusAccepted)
		return
	}
	response := &huma.Response{}
	switch out {
	case reflect.TypeFor[None]():
		op.DefaultStatus = cmp.Or(op.DefaultStatus, http.StatusNoContent)
	case reflect.TypeFor[File](), reflect.TypeFor[Stream]():
		op.DefaultStatus = cmp.Or(op.DefaultStatus, http.StatusOK)
	default:
		op.DefaultStatus = cmp.Or(op.DefaultStatus, http.StatusOK)
		response = jsonResponse(api, out, op.OperationID+"Response", op.DefaultStatus)
	}
	response.Description = http.StatusText(op.DefaultStatus)
	op.Responses = map[string]*huma.Response{strconv.Itoa(op.DefaultStatus): response}
}

// jsonResponse is a response of the status with JSON of the type, which has the
// name in the contract where it has none of its own.
func jsonResponse(api huma.API, of reflect.Type, name string, status int) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(of, true, name)
	return &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// write writes what a handler has returned.
func write(api huma.API, ctx huma.Context, status int, out any) {
	if both, ok := out.(twofold); ok {
		response, later := both.chosen()
		if later {
			status = http.StatusAccepted
		}
		out = response
	}
	switch out := out.(type) {
	case None:
		ctx.SetStatus(status)
	case File:
		out.write(ctx)
	case Stream:
		c := humagin.Unwrap(ctx)
		if err := out(c.Writer, c.Request); err != nil {
			Abort(c, err)
		}
	default:
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetStatus(status)
		if err := api.Marshal(ctx.BodyWriter(), "application/json", out); err != nil && ctx.Context().Err() == nil {
			panic(err) // a view that is no JSON is a fault of ours
		}
	}
}

func (f File) write(ctx huma.Context) {
	for name, value := range map[string]string{"Content-Type": f.Type, "Content-Disposition": f.Disposition, "Cache-Control": f.CacheControl, "Location": f.Location} {
		if value != "" {
			ctx.SetHeader(name, value)
		}
	}
	for i := range f.Cookies {
		ctx.AppendHeader("Set-Cookie", f.Cookies[i].String())
	}
	ctx.SetStatus(cmp.Or(f.Status, http.StatusOK))
	_, _ = ctx.BodyWriter().Write(f.Body) // nothing to do where the client hung up
}
