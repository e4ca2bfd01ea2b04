package rest

import (
	"context"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// IDInput is the input of a call on one thing.
type IDInput struct {
	ID store.IDParam `path:"id"`
}

// IDPageInput asks for a page of what belongs to one thing.
type IDPageInput struct {
	IDInput
	store.PageRequest
}

// In is the handler of a call whose input is the service's own.
func In[I, Out any](call func(context.Context, model.Actor, I) (Out, error)) Handler[I, Out] {
	return func(ctx context.Context, actor model.Actor, in *I) (Out, error) { return call(ctx, actor, *in) }
}

// Own is the handler of a call that needs to know nothing but its caller.
func Own[Out any](call func(context.Context, model.Actor) (Out, error)) Handler[NoInput, Out] {
	return func(ctx context.Context, actor model.Actor, _ *NoInput) (Out, error) { return call(ctx, actor) }
}

// DoOwn is as Own, for a call that returns nothing.
func DoOwn(call func(context.Context, model.Actor) error) Handler[NoInput, None] {
	return func(ctx context.Context, actor model.Actor, _ *NoInput) (None, error) {
		return None{}, call(ctx, actor)
	}
}

// ByID is the handler of a call on one thing.
func ByID[Out any](call func(context.Context, model.Actor, model.ID) (Out, error)) Handler[IDInput, Out] {
	return func(ctx context.Context, actor model.Actor, in *IDInput) (Out, error) {
		return call(ctx, actor, in.ID.ID)
	}
}

// DoByID is as ByID, for a call that returns nothing.
func DoByID(call func(context.Context, model.Actor, model.ID) error) Handler[IDInput, None] {
	return func(ctx context.Context, actor model.Actor, in *IDInput) (None, error) {
		return None{}, call(ctx, actor, in.ID.ID)
	}
}

// PageByID is the handler of a call that lists what belongs to one thing.
func PageByID[Out any](call func(context.Context, model.Actor, model.ID, store.PageRequest) (Out, error)) Handler[IDPageInput, Out] {
	return func(ctx context.Context, actor model.Actor, in *IDPageInput) (Out, error) {
		return call(ctx, actor, in.ID.ID, in.PageRequest)
	}
}

// Listed is as the handler, but its items are in one List.
func Listed[I, T any](h Handler[I, []T]) Handler[I, List[T]] {
	return func(ctx context.Context, actor model.Actor, in *I) (List[T], error) { return ListOf(h(ctx, actor, in)) }
}
