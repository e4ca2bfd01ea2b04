package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSmallCellsAreLeftOutWithTheirCover(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		counts []int
		shown  []int // -1 is left out
	}{
		{"nothing small", []int{9, 6, 5}, []int{9, 6, 5}},
		{"zeros say nothing", []int{10, 0, 0}, []int{10, 0, 0}},
		{"two small ones cover each other", []int{20, 3, 4}, []int{20, -1, -1}},
		{"one small one needs a cover", []int{20, 6, 4}, []int{20, -1, -1}},
		{"a zero is too thin a cover", []int{6, 0, 4}, []int{-1, -1, -1}},
		{"two that are too few together", []int{16, 2, 2}, []int{-1, -1, -1}},
		{"all small", []int{2, 2, 1}, []int{-1, -1, -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := make([]int, len(c.counts))
			for i, n := range Suppress(c.counts) {
				got[i] = -1
				if n != nil {
					got[i] = *n
				}
			}
			require.Equal(t, c.shown, got)
		})
	}
}
