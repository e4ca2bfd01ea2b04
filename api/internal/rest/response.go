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
	response := &huma.Response{}
	switch out {
	case reflect.TypeFor[None]():
		op.DefaultStatus = cmp.Or(op.DefaultStatus, http.StatusNoContent)
	case reflect.TypeFor[File](), reflect.TypeFor[Stream]():
		op.DefaultStatus = cmp.Or(op.DefaultStatus, http.StatusOK)
	default:
		op.DefaultStatus = cmp.Or(op.DefaultStatus, http.StatusOK)
		schema := api.OpenAPI().Components.Schemas.Schema(out, true, op.OperationID+"Response")
		response.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
	}
	response.Description = http.StatusText(op.DefaultStatus)
	op.Responses = map[string]*huma.Response{strconv.Itoa(op.DefaultStatus): response}
}

// write writes what a handler has returned.
func write(api huma.API, ctx huma.Context, status int, out any) {
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
