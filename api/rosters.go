package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/org/rosterfile"
	"xinyu/service/platform/store"
)

// maxRoster is the largest body with a roster: the file and the form around it.
const maxRoster = rosterfile.MaxFileBytes + 64<<10

var (
	errRosterTooLarge = &model.Error{Kind: model.KindTooLarge, Code: "file_too_large", Field: "file", Message: "文件太大（超过 50 MB），请按学校拆分后分别导入"}
	errRosterMissing  = model.Invalid("file", "file_missing", "没有收到文件，请重新选择")
	errUploadBroken   = model.Invalid("file", "upload_broken", "文件没有传完，请重试")
)

// importRoster takes a roster as the body itself or, as wx.uploadFile sends
// it, as the field "file" of a form.
func (s *Server) importRoster(c *gin.Context, actor model.Actor) {
	unit, err := model.ParseID(c.Query("unitId"))
	if err != nil {
		rest.Abort(c, model.NotFound("unit"))
		return
	}
	data, name, err := uploadedFile(c.Request)
	if err != nil {
		rest.Abort(c, err)
		return
	}
	view, err := s.svc.Org.PreviewImport(c.Request.Context(), actor, org.NewImport{UnitID: unit, FileName: name, Data: data})
	if err != nil {
		rest.Abort(c, err)
		return
	}
	c.JSON(http.StatusCreated, view)
}

func uploadedFile(r *http.Request) (data []byte, name string, err error) {
	var from io.Reader = r.Body
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" { // an unreadable type is no form
		form, err := r.MultipartReader()
		if err != nil {
			return nil, "", errUploadBroken
		}
		for {
			part, err := form.NextPart()
			if errors.Is(err, io.EOF) {
				return nil, "", errRosterMissing
			}
			if err != nil {
				return nil, "", uploadError(err)
			}
			if part.FormName() == "file" {
				from, name = part, part.FileName()
				break
			}
		}
	}
	data, err = io.ReadAll(from)
	if err != nil {
		return nil, "", uploadError(err)
	}
	if len(data) == 0 {
		return nil, "", errRosterMissing
	}
	return data, name, nil
}

func uploadError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errRosterTooLarge
	}
	return errUploadBroken
}

func describeRoster(op *huma.Operation) {
	file := &huma.Schema{Type: "string", Format: "binary"}
	op.Parameters = []*huma.Param{{Name: "unitId", In: "query", Required: true, Description: "County, town or school that the file covers", Schema: &huma.Schema{Type: "string"}}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data":      {Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"file": file}, Required: []string{"file"}}},
		"application/octet-stream": {Schema: file},
	}}
	op.Responses = map[string]*huma.Response{"201": {Description: "Created", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/OrgImportDetail"}}}}}
}

func (s *Server) listImports(ctx context.Context, actor model.Actor, in *store.PageRequest) (store.Page[org.Import], error) {
	return s.svc.Org.Imports(ctx, actor, *in)
}

func (s *Server) getImport(ctx context.Context, actor model.Actor, in *rest.IDInput) (org.ImportDetail, error) {
	return s.svc.Org.Import(ctx, actor, in.ID.ID)
}

func (s *Server) applyImport(ctx context.Context, actor model.Actor, in *rest.IDInput) (org.ImportDetail, error) {
	return s.svc.Org.ApplyImport(ctx, actor, in.ID.ID)
}

func (s *Server) discardImport(ctx context.Context, actor model.Actor, in *rest.IDInput) (org.ImportDetail, error) {
	return s.svc.Org.DiscardImport(ctx, actor, in.ID.ID)
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) rosterTemplate(c *gin.Context, _ model.Actor) {
	var b bytes.Buffer
	if err := rosterfile.WriteTemplate(&b); err != nil {
		rest.Abort(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="roster-template.xlsx"`)
	c.Data(http.StatusOK, xlsxType, b.Bytes())
}

func describeTemplate(op *huma.Operation) {
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		xlsxType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
}
