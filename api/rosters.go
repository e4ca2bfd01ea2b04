package api

import (
	"bytes"
	"context"
	"io"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/org/rosterfile"
	"xinyu/service/platform/store"
)

// maxRoster is the largest body with a roster: the file and the form around it.
const maxRoster = rosterfile.MaxFileBytes + 64<<10

type importInput struct {
	UnitID rest.IDParam `query:"unitId" required:"true" doc:"County, town or school that the file covers"`
	rest.RawInput
}

func (s *Server) importRoster(ctx context.Context, actor model.Actor, in *importInput) (org.ImportDetail, error) {
	file, name, err := in.File()
	if err != nil {
		return org.ImportDetail{}, err
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return org.ImportDetail{}, err
	}
	return s.svc.Org.PreviewImport(ctx, actor, org.NewImport{UnitID: in.UnitID.ID, FileName: name, Data: data})
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

func (s *Server) rosterTemplate(context.Context, model.Actor, *rest.NoInput) (rest.File, error) {
	var b bytes.Buffer
	err := rosterfile.WriteTemplate(&b)
	return rest.File{Type: xlsxType, Disposition: `attachment; filename="roster-template.xlsx"`, Body: b.Bytes()}, err
}
