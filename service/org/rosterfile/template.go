package rosterfile

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// exampleMark begins the name in a row that is not imported.
const exampleMark = "示例"

const (
	rosterSheet = "花名册"
	helpSheet   = "填写说明"
	// templateRows is how far down the formats of the template reach.
	templateRows = 5_000
)

// templateColumns are the template's titles, widths, example and help.
var templateColumns = []struct {
	title   string
	width   float64
	example string
	help    string
}{
	{"镇/街道", 14, "示例镇", "学校所在的镇或街道。只导入一个学校时可以不填。"},
	{"学校", 24, "示例小学", "学校全称。只导入一个学校时可以不填。"},
	{"年级", 10, "三年级", "如：三年级、七年级。不用年级时请删除整列，不要只填一部分。"},
	{"班级(必填)", 12, "1班", "如：1班。不要合并单元格。单元格格式必须是“文本”，否则“3-1”会变成日期，“7.10”会变成 7.1。"},
	{"姓名(必填)", 26, exampleMark + "（本行不会导入）", "学生姓名，最多 50 个字。少数民族姓名中间用“·”，也可以有连字符和撇号；藏文、维吾尔文、蒙古文姓名直接填写。"},
	{"学籍号", 24, "T2026000001", "3 到 32 位字母或数字，每个学生不同。单元格格式必须是“文本”，否则长号码会变成 1.23E+18。还没有学籍号的学生留空，并填写出生日期，家长可以凭姓名和出生日期申请绑定；有了号码再导入一次即可。"},
	{"性别", 8, "女", "填“男”或“女”，不清楚时留空。"},
	{"出生日期", 14, "2017-03-05", "如 2017-3-5、2017/3/5、20170305、2017年3月5日都可以，不清楚时留空。"},
}

// WriteTemplate writes an .xlsx with a sheet to fill in, whose example row is
// never imported, and a sheet of help. Numbers and dates are formatted as text.
func WriteTemplate(w io.Writer) error {
	f := excelize.NewFile()
	if err := fillTemplate(f); err != nil {
		return fmt.Errorf("build roster template: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write roster template: %w", err)
	}
	return f.Close()
}

func fillTemplate(f *excelize.File) error {
	if err := f.SetSheetName("Sheet1", rosterSheet); err != nil {
		return err
	}
	if _, err := f.NewSheet(helpSheet); err != nil {
		return err
	}
	const textFormat = 49
	plain, err := f.NewStyle(&excelize.Style{NumFmt: textFormat})
	if err != nil {
		return err
	}
	title, err := f.NewStyle(&excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Bold: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}})
	if err != nil {
		return err
	}
	example, err := f.NewStyle(&excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Italic: true, Color: "7F7F7F"}})
	if err != nil {
		return err
	}
	help, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	for i, c := range templateColumns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		for _, err := range []error{
			f.SetColWidth(rosterSheet, letter, letter, c.width),
			f.SetColStyle(rosterSheet, letter, plain),
			f.SetCellStr(rosterSheet, letter+"1", c.title),
			f.SetCellStr(rosterSheet, letter+"2", c.example),
			f.SetCellStyle(rosterSheet, letter+"1", letter+"1", title),
			f.SetCellStyle(rosterSheet, letter+"2", letter+"2", example),
			f.SetCellStr(helpSheet, fmt.Sprintf("A%d", i+2), c.title),
			f.SetCellStr(helpSheet, fmt.Sprintf("B%d", i+2), c.help),
		} {
			if err != nil {
				return err
			}
		}
	}
	gender := excelize.NewDataValidation(true)
	gender.SetSqref(fmt.Sprintf("G2:G%d", templateRows))
	gender.SetError(excelize.DataValidationErrorStyleStop, "性别", fixedMessages[CodeBadGender])
	if err := gender.SetDropList([]string{"男", "女"}); err != nil {
		return err
	}
	for _, err := range []error{
		f.AddDataValidation(rosterSheet, gender),
		f.SetPanes(rosterSheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
		f.SetCellStr(helpSheet, "A1", "栏目"),
		f.SetCellStr(helpSheet, "B1", "怎样填写（在“花名册”工作表从第 3 行起逐行填写，每个学生一行；灰色的示例行可以保留）"),
		f.SetColWidth(helpSheet, "A", "A", 16),
		f.SetColWidth(helpSheet, "B", "B", 80),
		f.SetColStyle(helpSheet, "A:B", help),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
