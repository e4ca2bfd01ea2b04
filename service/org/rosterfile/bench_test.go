package rosterfile_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/org/rosterfile"
	"xinyu/service/org/rosterfile/sample"
)

// county is a file of 15 towns and 60 schools in classes of 40; with 60,000
// pupils it is a whole county's.
func county(tb testing.TB, format sample.Format, pupils int) []byte {
	var towns []string
	for i := range 15 {
		towns = append(towns, fmt.Sprintf("示例%d镇", i+1))
	}
	var b bytes.Buffer
	require.NoError(tb, sample.Write(&b, sample.Options{
		Format: format, Pupils: pupils, Schools: sample.Schools(towns, 4), Today: today, Seed: 7}))
	return b.Bytes()
}

func TestParseReadsTheSameFromCSVAndWorkbook(t *testing.T) {
	t.Parallel()
	var files []*rosterfile.File
	for _, format := range []sample.Format{sample.CSV, sample.XLSX} {
		f := parse(t, county(t, format, 12_000), all)
		require.Empty(t, f.Faults)
		require.Len(t, f.Rows, 12_000)
		schools, classes := make(map[string]bool), make(map[[3]string]int)
		for i, r := range f.Rows {
			if r.Line != i+2 {
				t.Fatalf("row %d has line %d", i, r.Line)
			}
			schools[r.School] = true
			classes[[3]string{r.School, r.Grade, r.Class}]++
		}
		require.Len(t, schools, 60)
		require.Len(t, classes, 300)
		for class, pupils := range classes {
			if pupils != 40 {
				t.Fatalf("%v has %d pupils", class, pupils)
			}
		}
		for i := range f.Rows {
			f.Rows[i].Sheet = ""
		}
		files = append(files, f)
	}
	require.True(t, slices.Equal(files[0].Rows, files[1].Rows))
}

func BenchmarkParse60000(b *testing.B) {
	for _, format := range []sample.Format{sample.CSV, sample.XLSX} {
		data := county(b, format, 60_000)
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f, err := rosterfile.Parse(data, "a", all, nil)
				require.NoError(b, err)
				require.Len(b, f.Rows, 60_000)
			}
		})
	}
}
