package rosterfile

import (
	"fmt"

	"xinyu/model"
)

// The codes of a Fault.
const (
	CodeHeaderNotFound      = "header_not_found"
	CodeHeaderMerged        = "header_merged"
	CodeColumnMissing       = "column_missing"
	CodeColumnTwice         = "column_twice"
	CodeNoRows              = "no_rows"
	CodeBadQuotes           = "bad_quotes"
	CodeMissing             = "missing"
	CodeTooLong             = "too_long"
	CodeBadText             = "bad_text"
	CodeBadName             = "bad_name"
	CodeBadStudentNo        = "bad_student_no"
	CodeStudentNoScientific = "student_no_scientific"
	CodeTurnedDate          = "turned_into_date"
	CodeTurnedNumber        = "turned_into_number"
	CodeBadGender           = "bad_gender"
	CodeBadDate             = "bad_date"
	CodeBirthInFuture       = "birth_in_future"
	CodeAgeOutOfRange       = "age_out_of_range"
	CodeDuplicate           = "duplicate"
	CodeTwoClasses          = "pupil_in_two_classes"
	CodeSameName            = "same_name_without_number"
)

// fixedMessages are the messages that name neither column nor line.
var fixedMessages = map[string]string{
	CodeHeaderNotFound:      "前 10 行里没有找到表头，请保留“姓名”“学籍号”“班级”等列名，可下载模板对照",
	CodeHeaderMerged:        "表头有合并单元格，请取消合并，让每一列各有一个列名",
	CodeNoRows:              "文件里没有学生，请在表头下面逐行填写",
	CodeBadQuotes:           "这一行的双引号不成对，请删除多余的双引号",
	CodeBadName:             "姓名只能包含文字、间隔号“·”、连字符“-”、撇号和空格，请更正",
	CodeBadStudentNo:        "学籍号应为 3 到 32 位的字母或数字，请更正",
	CodeStudentNoScientific: "学籍号被表格软件当成了数字，后几位已经丢失。请先把这一列的单元格格式设为“文本”，再重新填写",
	CodeBadGender:           "性别请填“男”或“女”，不清楚时留空",
	CodeBadDate:             "出生日期请写成 2014-3-5 这样的年月日，不清楚时留空",
	CodeBirthInFuture:       "出生日期晚于今天，请更正",
	CodeAgeOutOfRange:       "按出生日期计算，年龄不在 3 到 25 岁之间，请核对",
}

func columnMessage(code string, k column, title string) string {
	switch code {
	case CodeMissing:
		if k == colName || k == colStudentNo {
			return fmt.Sprintf("“%s”没有填写，请补上", title)
		}
		return fmt.Sprintf("“%s”没有填写，请补上；如有合并单元格，请取消合并后逐行填写", title)
	case CodeTooLong:
		return fmt.Sprintf("“%s”太长，最多 %d 个字，请缩短", title, columns[k].maxLen)
	case CodeBadText:
		return fmt.Sprintf("“%s”里有公式、错误值或看不见的特殊字符，请清除后直接填写文字", title)
	case CodeColumnMissing:
		return fmt.Sprintf("表头缺少“%s”列，请加上这一列，可下载模板对照", title)
	case CodeColumnTwice:
		return fmt.Sprintf("表头里有两个“%s”列，请只保留学生本人的一列", title)
	case CodeTurnedDate:
		return fmt.Sprintf("“%s”被表格软件变成了日期（例如把“3-1”变成3月1日）。请把这一列的单元格格式设为“文本”，再重新填写，例如“三年级1班”", title)
	case CodeTurnedNumber:
		return fmt.Sprintf("“%s”被表格软件当成了小数，“7.1”和“7.10”已经分不清。请把这一列的单元格格式设为“文本”，写成“七年级10班”这样的名称", title)
	default:
		return fixedMessages[code]
	}
}

func invalid(code, message string) *model.Error { return model.Invalid("file", code, message) }

func tooLarge(code, message string) *model.Error {
	return &model.Error{Kind: model.KindTooLarge, Code: code, Field: "file", Message: message}
}

func errOldExcel() *model.Error {
	return invalid("xls_unsupported", "不支持旧版 Excel（.xls）格式，请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再导入")
}

func errUnknownType() *model.Error {
	return invalid("file_type_unsupported", "这不是可以导入的花名册，请使用 Excel 工作簿（.xlsx）或 CSV 文件")
}

// errDamaged keeps only where reading failed: a parser's own words may quote the content.
func errDamaged(where string) *model.Error {
	return invalid("file_damaged", "文件已损坏，无法读取，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入").WithCause(fmt.Errorf("read workbook: %s", where))
}
