package family_test

import (
	"testing"

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
		require.Equal(t, c.want, family.CanBeGuessed(c.numbers), name)
	}
}
