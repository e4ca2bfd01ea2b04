package org

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"xinyu/model"
)

// digest is of all that the plan does, so that what is applied is what was
// previewed: counts alone would let other pupils move or depart than the manager saw.
// It depends neither on the order of the file's rows nor on the ids of new units.
func (p *plan) digest() string {
	fresh := make(map[model.ID]*node, len(p.forest.fresh))
	for _, n := range p.forest.fresh {
		fresh[n.ID] = n
	}
	place := func(id model.ID) string {
		if n := fresh[id]; n != nil {
			return n.pathKey()
		}
		return id.String()
	}
	var did []string
	note := func(format string, values ...any) { did = append(did, fmt.Sprintf(format, values...)) }
	note("root %v %v", p.forest.root.ID, p.forest.root.ArchivedAt != nil)
	for _, n := range p.forest.fresh {
		note("make %q %q", n.pathKey(), n.Kind)
	}
	for _, n := range p.forest.reopened {
		note("reopen %v", n.ID)
	}
	for _, a := range p.added {
		note("add %x %q", a.line.hash, place(a.class.ID))
		if a.line.hash == "" {
			note("add without a number %q %q %q", a.line.Name, a.line.Birth, place(a.class.ID))
		}
	}
	for _, n := range p.forest.renamed {
		note("rename %v %q", n.ID, n.Name)
	}
	for _, n := range p.numbers {
		note("number %v %x", n.pupil, n.line.hash)
	}
	for _, c := range p.changes {
		note("correct %v %q %q %q", c.PupilID, c.Name, c.Gender, c.BirthDate)
	}
	for _, m := range p.moves {
		note("move %v %q %q", m.PupilID, place(m.From), place(m.To))
	}
	for _, id := range p.claimed {
		note("end ties of %v", id)
	}
	for _, id := range p.freed {
		note("free the number of %v", id)
	}
	slices.Sort(did)
	sum := sha256.New()
	for _, line := range did {
		_, _ = io.WriteString(sum, line+"\n") // never fails
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// pathKey names a new unit by the unit below which it is made and the names on the way.
func (n *node) pathKey() string {
	if !n.fresh {
		return n.ID.String()
	}
	return n.parent.pathKey() + "/" + nameKey(n.Name)
}
