package rosterfile_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyu/service/org/rosterfile"
)

func TestTemplateIsReadBackWithoutItsExample(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, rosterfile.WriteTemplate(&b))
	f := parse(t, b.Bytes(), all)
	require.Equal(t, []at{{0, "", rosterfile.CodeNoRows}}, faults(f))

	x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	require.Equal(t, []string{"花名册", "填写说明"}, x.GetSheetList())
	rules, err := x.GetDataValidations("花名册")
	require.NoError(t, err)
	require.Len(t, rules, 1)
	require.Equal(t, `"男,女"`, rules[0].Formula1)

	fill(t, x, "花名册", [][]any{{"镇/街道", "学校", "年级", "班级(必填)", "姓名(必填)", "学籍号(必填)", "性别", "出生日期"}})
	row := []any{"甲镇", "示例小学", "三年级", "1班", "王芳", "0001", "女", "2017-3-5"}
	require.NoError(t, x.SetSheetRow("花名册", "A3", &row))
	var filled bytes.Buffer
	require.NoError(t, x.Write(&filled))
	require.NoError(t, x.Close())
	f = parse(t, filled.Bytes(), all)
	require.Empty(t, f.Faults)
	require.Equal(t, []rosterfile.Row{{Sheet: "花名册", Line: 3, Town: "甲镇", School: "示例小学", Grade: "三年级", Class: "1班",
		Name: "王芳", StudentNo: "0001", Gender: rosterfile.Female, Birth: "2017-03-05"}}, f.Rows)
	require.Equal(t, []string{"填写说明"}, f.SkippedSheets)
}
