package store

import "slices"

// maxKeys bounds the values of one IN list.
const maxKeys = 500

// InParts reads the rows of any number of keys, a bounded number of keys a
// statement: read runs the statement for one part of them.
func InParts[K, R any](keys []K, read func(part []K, rows *[]R) error) ([]R, error) {
	var all []R
	for part := range slices.Chunk(keys, maxKeys) {
		var rows []R
		if err := read(part, &rows); err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}
