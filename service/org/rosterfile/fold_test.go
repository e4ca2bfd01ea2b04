package rosterfile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// A guardian who types the name and the number as the school's list has them,
// in whatever form, must meet the pupil that the list made.
func TestRowsHoldNamesAndNumbersInTheFormThatOthersLookFor(t *testing.T) {
	t.Parallel()
	cells := [][2]string{
		{"王　芳", "g３２０６ 23"}, {"阿依古丽.买买提", "'0012"}, {" Anna  Smith ", "77001.0"}, {"李\u200b四", "Ｔ２０２６"}, {"〇〇", "ab 12"},
	}
	csv := "班级,姓名,学籍号\n"
	for _, c := range cells {
		csv += "1班," + c[0] + "," + c[1] + "\n"
	}
	f := parse(t, []byte(csv), few)
	require.Empty(t, f.Faults)
	require.Len(t, f.Rows, len(cells))
	for i, c := range cells {
		require.Equal(t, model.NormalName(c[0]), f.Rows[i].Name)
		require.Equal(t, model.NormalStudentNo(c[1]), f.Rows[i].StudentNo)
		require.Equal(t, f.Rows[i].Name, model.NormalName(f.Rows[i].Name), "what is stored stays as it is")
		require.Equal(t, f.Rows[i].StudentNo, model.NormalStudentNo(f.Rows[i].StudentNo))
	}
}
