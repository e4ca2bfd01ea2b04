package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// A process that hands out ids holds a lease on its node number, so that no
// two replicas give the same id. It renews long before the lease ends; should
// the database be away for longer, the process still writes nothing, as
// every id goes into that database.
const (
	nodeLease = 10 * time.Minute
	nodeRenew = time.Minute
)

// nodeLeaseRow is a row of node_leases.
type nodeLeaseRow struct {
	Node      int `gorm:"primaryKey;autoIncrement:false"`
	Holder    string
	ExpiresAt time.Time
}

func (nodeLeaseRow) TableName() string { return "node_leases" }

type nodeIDs struct {
	store  *Store
	holder string
	node   int
	mu     sync.RWMutex
	ids    *model.IDs
	stop   context.CancelFunc
	done   chan struct{}
}

// Start leases a node number and keeps it until Close. It must run before NewID.
func (s *Store) Start(ctx context.Context) error {
	n := s.ids
	n.holder = rand.Text()
	if err := n.lease(ctx); err != nil {
		return fmt.Errorf("lease a node number: %w", err)
	}
	renewCtx, stop := context.WithCancel(context.Background())
	n.stop, n.done = stop, make(chan struct{})
	go func() {
		defer close(n.done)
		n.keep(renewCtx)
	}()
	return nil
}

// Holder names this process in leases and claims.
func (s *Store) Holder() string { return s.ids.holder }

func (n *nodeIDs) next() model.ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.ids.Next()
}

// lease takes the first free node, or the first whose lease ran out.
func (n *nodeIDs) lease(ctx context.Context) error {
	for range model.MaxNodes {
		var row nodeLeaseRow
		taken := false
		err := n.store.Tx(ctx, func(tx *gorm.DB) error {
			now := n.store.Now()
			var rows []nodeLeaseRow
			if err := tx.Order("node").Find(&rows).Error; err != nil {
				return err
			}
			var reuse bool
			if row, reuse = freeNode(rows, now); reuse {
				got, err := n.hold().Claim(tx.Model(&nodeLeaseRow{}).Where("node = ?", row.Node), nil)
				taken = got == 1
				return err
			}
			if row.Node >= model.MaxNodes {
				return errors.New("all node numbers are leased")
			}
			row.Holder, row.ExpiresAt = n.holder, now.Add(nodeLease)
			err := tx.Create(&row).Error
			taken = err == nil
			if IsDuplicate(err) {
				return nil // another replica was quicker: look again
			}
			return err
		})
		if err != nil {
			return err
		}
		if taken {
			n.node = row.Node
			n.mu.Lock()
			n.ids = model.NewIDs(n.node, n.store.clock)
			n.mu.Unlock()
			return nil
		}
	}
	return errors.New("lost every race for a node number")
}

// freeNode is an expired row to take over, or else a new row with the lowest unused number.
func freeNode(rows []nodeLeaseRow, now time.Time) (row nodeLeaseRow, reuse bool) {
	next := 0
	for _, r := range rows {
		if r.ExpiresAt.Before(now) {
			return r, true
		}
		if r.Node == next {
			next++
		}
	}
	return nodeLeaseRow{Node: next}, false
}

// row is the row of the node that this process has.
func (n *nodeIDs) row(tx *gorm.DB) *gorm.DB {
	return tx.Model(&nodeLeaseRow{}).Where("node = ?", n.node)
}

func (n *nodeIDs) hold() Lease {
	return Lease{Store: n.store, Holder: n.holder, Period: nodeLease, Until: "expires_at"}
}

// keep renews the lease until ctx ends; where another process has the node, it leases a new one.
func (n *nodeIDs) keep(ctx context.Context) {
	warn := func(err error) {
		if err != nil && ctx.Err() == nil {
			slog.Warn("renew node lease", "err", err)
		}
	}
	n.hold().Keep(ctx, nodeRenew, n.row, func() { warn(n.lease(ctx)) }, warn)
}

// release gives the node back, so that a restart finds it free at once.
func (n *nodeIDs) release() {
	if n.stop == nil {
		return
	}
	n.stop()
	<-n.done
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := n.store.Tx(ctx, func(tx *gorm.DB) error {
		return n.hold().Held(n.row(tx)).Update("expires_at", n.store.Now()).Error
	})
	if err != nil {
		slog.Warn("release node lease", "err", err)
	}
}
