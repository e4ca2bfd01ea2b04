package storetest

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// Contend runs n calls from the same moment and returns their errors.
func Contend(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// Codes counts errors by their code; "" is success. An error without a code
// fails the test.
func Codes(t testing.TB, errs []error) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, err := range errs {
		code := ""
		if err != nil {
			e := new(model.Error)
			require.ErrorAs(t, err, &e)
			code = e.Code
		}
		counts[code]++
	}
	return counts
}
