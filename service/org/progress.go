package org

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"xinyu/model"
)

// Progress says how far an import has come: pupils dealt with, of all.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// progress is Progress as the running import counts it.
type progress struct{ done, total atomic.Int64 }

func (p *progress) view() *Progress {
	return &Progress{Done: int(p.done.Load()), Total: int(p.total.Load())}
}

// Other replicas learn of the progress through Redis.
const (
	progressEvery = 500 * time.Millisecond
	progressLife  = time.Minute
)

func progressKey(id model.ID) string { return "xinyu:{import:" + id.String() + "}" }

// tellProgress writes the progress to Redis. An error is ignored: the progress
// is for display only.
func (s *Service) tellProgress(ctx context.Context, id model.ID, p *progress) {
	v := p.view()
	_ = s.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		return rdb.Set(ctx, progressKey(id), fmt.Sprintf("%d/%d", v.Done, v.Total), progressLife).Err()
	})
}

// progressOf is the progress of an import that runs here or elsewhere; nil
// where it isn't known.
func (s *Service) progressOf(ctx context.Context, id model.ID) *Progress {
	if p, ok := s.running.Load(id); ok {
		return p.(*progress).view()
	}
	var v Progress
	err := s.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		text, err := rdb.Get(ctx, progressKey(id)).Result()
		if err != nil {
			return err
		}
		_, err = fmt.Sscanf(text, "%d/%d", &v.Done, &v.Total)
		return err
	})
	if err != nil {
		return nil
	}
	return &v
}
