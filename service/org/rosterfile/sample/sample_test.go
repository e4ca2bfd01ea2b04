package sample_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org/rosterfile/sample"
)

const today = model.Date("2026-09-21")

func write(t *testing.T, opts sample.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, sample.Write(&b, opts))
	return b.Bytes()
}

func TestWriteGivesTheSameFileForTheSameSeed(t *testing.T) {
	t.Parallel()
	opts := sample.Options{Format: sample.CSV, Pupils: 500, Schools: sample.Schools([]string{"甲镇", "乙镇"}, 4), Today: today, Seed: 1}
	first := write(t, opts)
	require.Equal(t, first, write(t, opts))
	opts.Seed = 2
	require.NotEqual(t, first, write(t, opts))
}

func TestWriteInventsPupilsThatFitTheirGrades(t *testing.T) {
	t.Parallel()
	data := write(t, sample.Options{Format: sample.CSV, Pupils: 4_010, Schools: sample.Schools([]string{"甲镇", "乙镇"}, 4), Today: today})
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+4_010)
	age := map[string]int{"一年级": 6, "二年级": 7, "三年级": 8, "四年级": 9, "五年级": 10, "六年级": 11, "七年级": 12, "八年级": 13, "九年级": 14}
	numbers := make(map[string]bool)
	for _, row := range rows[1:] {
		require.Equal(t, age[row[2]], model.AgeOn(model.Date(row[7]), today))
		require.Equal(t, strings.Contains(row[1], "初级中学"), age[row[2]] >= 12)
		require.Regexp(t, `^T\d{10}$`, row[5])
		require.Contains(t, row[1], "示例")
		numbers[row[5]] = true
	}
	require.Len(t, numbers, 4_010)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteFails(t *testing.T) {
	t.Parallel()
	good := sample.Options{Format: sample.CSV, Pupils: 1, Schools: sample.Schools([]string{"甲镇"}, 1), Today: today}
	for name, edit := range map[string]func(*sample.Options){
		"no schools":     func(o *sample.Options) { o.Schools = nil },
		"no day":         func(o *sample.Options) { o.Today = "" },
		"no format":      func(o *sample.Options) { o.Format = "" },
		"negative":       func(o *sample.Options) { o.Pupils = -1 },
		"negative class": func(o *sample.Options) { o.ClassSize = -1 },
	} {
		opts := good
		edit(&opts)
		require.Error(t, sample.Write(&bytes.Buffer{}, opts), name)
	}
	for _, format := range []sample.Format{sample.CSV, sample.XLSX} {
		good.Format = format
		require.Error(t, sample.Write(fullDisk{}, good))
	}
}
