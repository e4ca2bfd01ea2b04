package family_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/family"
)

func TestNumbersThatFollowEachOtherCanBeGuessed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		numbers []string
		want    bool
	}{
		"nobody":                      {nil, false},
		"one pupil":                   {[]string{"RD20260001"}, false},
		"in a row":                    {[]string{"RD20260001", "RD20260002", "RD20260003"}, true},
		"with gaps":                   {[]string{"RD20260001", "RD20260017", "RD20260090"}, true},
		"over a hundred":              {[]string{"RD20260098", "RD20260099", "RD20260100", "RD20260101"}, true},
		"half in a row":               {[]string{"RD20260001", "RD20260002", "G320623201401030017", "G320623201405060029"}, false},
		"national":                    {[]string{"G320623201401030017", "G320623201405060029", "G320623201409110038"}, false},
		"twins among others":          {[]string{"G320623201401030017", "G320623201401030025", "G320623201405060029", "G320623201409110038"}, false},
		"numbers of one or two signs": {[]string{"1", "2", "13"}, true},
	} {
		require.Equal(t, c.want, family.CanBeGuessed(c.numbers, c.numbers), name)
	}
}

// Numbers that are given out over the whole school may be far apart in each class.
func TestNumbersThatFollowEachOtherOverASchoolCanBeGuessed(t *testing.T) {
	t.Parallel()
	var school []string
	classes := make([][]string, 200) // the nth pupil is in class n modulo 200
	for n := range 1200 {
		number := fmt.Sprintf("RD2026%04d", n)
		school = append(school, number)
		classes[n%len(classes)] = append(classes[n%len(classes)], number)
	}
	for _, class := range classes {
		require.False(t, family.CanBeGuessed(class, class))
		require.True(t, family.CanBeGuessed(class, school))
	}
	national := []string{"G320623201401030017", "G320623201405060029", "G320623201409110038"}
	require.False(t, family.CanBeGuessed(national, append(school, national...)), "a class of other numbers among them")
	// By the birth dates of six years some pupils of a school are neighbours.
	var born []string
	for n := range 2000 {
		day := time.Date(2014, 1, 1+n*7919%2190, 0, 0, 0, 0, time.UTC)
		born = append(born, fmt.Sprintf("G320623%s%04d", day.Format("20060102"), n*37%3000))
	}
	require.False(t, family.CanBeGuessed(born, born))
}
