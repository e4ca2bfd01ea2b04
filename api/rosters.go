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
	UnitID     store.IDParam `query:"unitId" required:"true" doc:"County, town or school that the file covers"`
	HiddenRows bool          `query:"hiddenRows" doc:"Also take the rows that are hidden or filtered out in the workbook; without it they are only counted"`
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
	return s.svc.Org.PreviewImport(ctx, actor, org.NewImport{UnitID: in.UnitID.ID, FileName: name, Data: data, HiddenRows: in.HiddenRows})
}

type chooseImportInput struct {
	rest.IDInput
	Body struct{ org.Choices }
}

func (s *Server) chooseImport(ctx context.Context, actor model.Actor, in *chooseImportInput) (org.ImportDetail, error) {
	return s.svc.Org.Choose(ctx, actor, in.ID.ID, in.Body.Choices)
}

type applyImportInput struct {
	rest.IDInput
	Body *struct {
		Confirm []org.Confirmation `json:"confirm,omitempty" maxItems:"10" doc:"What the person has confirmed, as the refusal confirmation_needed lists it"`
	}
}

func (s *Server) applyImport(ctx context.Context, actor model.Actor, in *applyImportInput) (org.ImportDetail, error) {
	var confirmed []org.Confirmation
	if in.Body != nil {
		confirmed = in.Body.Confirm
	}
	return s.svc.Org.ApplyImport(ctx, actor, in.ID.ID, confirmed)
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) rosterTemplate(context.Context, model.Actor, *rest.NoInput) (rest.File, error) {
	var b bytes.Buffer
	err := rosterfile.WriteTemplate(&b)
	return rest.File{Type: xlsxType, Disposition: `attachment; filename="roster-template.xlsx"`, Body: b.Bytes()}, err
}
