package message_test

import (
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/support/calls"
)

// The tests of this package use the real call queue, which stands above it: only
// a package of its own can import both.
func init() {
	message.NewQueue = func(st *store.Store) message.Calls { return calls.NewQueue(st) }
}
