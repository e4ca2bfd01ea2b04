package coverage

import "xinyu/model"

// ItemDetail is a lesson or a lecture with what reports say of it. The domains
// of lessons and of lectures give it to supervision.
type ItemDetail struct {
	model.Item
	model.Sides
	Title string
	// Open says that families can do it now, and so be nudged to.
	Open bool
}
