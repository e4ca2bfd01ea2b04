package store

import (
	"cmp"
	"slices"
)

// Each returns what of returns for each of the rows, in their order. It is never nil.
func Each[R, T any](rows []R, of func(R) T) []T {
	list := make([]T, len(rows))
	for i, row := range rows {
		list[i] = of(row)
	}
	return list
}

// Keyed returns the pairs of a key and a value that pair makes of the rows. Of
// a key that comes twice the last value stays.
func Keyed[R any, K comparable, V any](rows []R, pair func(R) (K, V)) map[K]V {
	byKey := make(map[K]V, len(rows))
	for _, row := range rows {
		key, value := pair(row)
		byKey[key] = value
	}
	return byKey
}

// Set returns the set of the keys.
func Set[K comparable](keys []K) map[K]bool {
	return Keyed(keys, func(key K) (K, bool) { return key, true })
}

// Distinct sorts the keys in place, and returns each of them once.
func Distinct[K cmp.Ordered](keys []K) []K {
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Only returns the one row of a list of one.
func Only[R any](rows []R, err error) (row R, _ error) {
	if err == nil {
		row = rows[0]
	}
	return row, err
}
