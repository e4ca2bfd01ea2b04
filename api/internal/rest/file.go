package rest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"xinyu/model"
)

// RawInput is the input of a call that reads its request itself: a file is
// taken as it arrives and never held in memory here.
type RawInput struct{ request *http.Request }

// Resolve implements huma.Resolver.
func (in *RawInput) Resolve(ctx huma.Context) []error {
	in.request = humagin.Unwrap(ctx).Request
	return nil
}

// Request is the request with its deadline and bounded body.
func (in *RawInput) Request() *http.Request { return in.request }

// File returns the uploaded file and its name. The file is the body itself or,
// as wx.uploadFile sends it, the field "file" of a form.
func (in *RawInput) File() (file io.Reader, name string, err error) {
	if kind, _, _ := mime.ParseMediaType(in.request.Header.Get("Content-Type")); kind != "multipart/form-data" { // an unreadable type is no form
		return &upload{from: in.request.Body}, "", nil
	}
	form, err := in.request.MultipartReader()
	if err != nil {
		return nil, "", uploadError(err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, "", errNoFile
		}
		if err != nil {
			return nil, "", uploadError(err)
		}
		if part.FormName() == "file" {
			return &upload{from: part}, part.FileName(), nil
		}
	}
}

// upload is a file as it arrives. It explains to people why it could not be read.
type upload struct {
	from  io.Reader
	begun bool
}

func (u *upload) Read(b []byte) (int, error) {
	n, err := u.from.Read(b)
	u.begun = u.begun || n > 0
	switch {
	case errors.Is(err, io.EOF) && !u.begun:
		return n, errNoFile
	case err != nil && !errors.Is(err, io.EOF):
		return n, uploadError(err)
	}
	return n, err
}

var errNoFile = model.Invalid("file", "file_missing", "没有收到文件，请重新选择")

// uploadError distinguishes a file that is too large from one that broke off.
func uploadError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &model.Error{Kind: model.KindTooLarge, Code: "file_too_large", Field: "file",
			Message: fmt.Sprintf("文件太大，请压缩或拆分到 %d MB 以内", tooLarge.Limit>>20)}
	}
	return model.Invalid("file", "upload_broken", "文件没有传完，请重试").WithCause(err)
}

// File is a response that is no JSON and fits into memory: a picture, a sheet,
// a page. The status is 200 where none is given.
type File struct {
	Status                                    int
	Type, Disposition, CacheControl, Location string // of the headers; empty ones are left out
	Cookies                                   []http.Cookie
	Body                                      []byte
}

// Stream writes a response of any length. It writes nothing when it returns an error.
type Stream func(http.ResponseWriter, *http.Request) error

// Takes says of which types the uploaded file can be.
func (r Route) Takes(types ...string) Route {
	r.takes = map[string]*huma.MediaType{}
	for _, t := range types {
		schema := binary()
		if t == "multipart/form-data" {
			schema = &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": schema}, Required: []string{"file"}}
		}
		r.takes[t] = &huma.MediaType{Schema: schema}
	}
	return r
}

// Gives says of which type the returned file is, and what it shows.
func (r Route) Gives(contentType, description string) Route {
	r.gives = &huma.Response{Description: description, Content: map[string]*huma.MediaType{contentType: {Schema: binary()}}}
	return r
}

func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }
