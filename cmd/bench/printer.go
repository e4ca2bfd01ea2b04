package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// bound is what a figure must reach: at least or at most a value.
type bound struct {
	sign  string // ">=" or "<="
	value float64
}

func atLeast(v float64) bound { return bound{">=", v} }
func atMost(v float64) bound  { return bound{"<=", v} }

func (b bound) holds(v float64) bool {
	if b.sign == "<=" {
		return v <= b.value
	}
	return v >= b.value
}

// printer writes the lines and remembers what failed.
type printer struct {
	out    io.Writer
	failed []string
}

// figure prints the median of one value a round. extra are further fields, such as "product=9000/s".
func (p *printer) figure(name, unit string, must bound, rounds []float64, extra ...string) {
	value := median(rounds)
	p.print(fmt.Sprintf("BENCH name=%s value=%.3g unit=%s must=%s%g ok=%t rounds=%d min=%.3g max=%.3g", name, value, unit,
		must.sign, must.value, must.holds(value), len(rounds), slices.Min(rounds), slices.Max(rounds)), extra)
}

// compare prints the outcome of a comparison with what was acknowledged.
func (p *printer) compare(name string, comparison func(*tally)) {
	var t tally
	err := catch(func() { comparison(&t) })
	if err == nil && t.lost+t.doubled != 0 {
		err = fmt.Errorf("%d lost, %d doubled", t.lost, t.doubled)
	}
	p.check(name, err, fmt.Sprintf("acknowledged=%d", t.acknowledged))
}

// check prints the outcome of a comparison.
func (p *printer) check(name string, err error, extra ...string) {
	if err != nil {
		p.failed = append(p.failed, name)
		extra = append(extra, fmt.Sprintf("why=%q", err))
	}
	p.print(fmt.Sprintf("CHECK name=%s ok=%t", name, err == nil), extra)
}

// fault prints the outcome of a trial; err is any failure beside what is lost and doubled.
func (p *printer) fault(name string, t tally, err error, extra ...string) {
	ok := err == nil && t.lost == 0 && t.doubled == 0 && t.acknowledged > 0
	if !ok {
		p.failed = append(p.failed, name)
	}
	if err != nil {
		extra = append(extra, fmt.Sprintf("why=%q", err))
	}
	p.print(fmt.Sprintf("FAULT name=%s lost=%d doubled=%d acknowledged=%d", name, t.lost, t.doubled, t.acknowledged),
		append(extra, fmt.Sprintf("ok=%t", ok)))
}

func (p *printer) print(line string, extra []string) {
	if _, err := fmt.Fprintln(p.out, strings.Join(append([]string{line}, extra...), " ")); err != nil {
		p.failed = append(p.failed, "printing: "+err.Error())
	}
}

// err names what failed.
func (p *printer) err() error {
	if len(p.failed) == 0 {
		return nil
	}
	return errors.New("failed: " + strings.Join(p.failed, ", "))
}

// median of the values; of an even number the upper one. It must not be empty.
func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// ratios divides round by round.
func ratios(a, b []float64) []float64 {
	list := make([]float64, len(a))
	for i := range a {
		list[i] = a[i] / b[i]
	}
	return list
}
