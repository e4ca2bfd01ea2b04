package unit

import (
	"crypto/rand"
	"math/big"

	"xinyu/service/platform/store"
)

// codeLetters leaves out what is mistaken for something else in print or by ear: 0 O 1 I L.
const codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeLength gives 31^8, some 850 thousand million codes: nobody finds a class by trying.
const codeLength = 8

// codeTries is how often codes are drawn anew when one is taken.
const codeTries = 3

// newCode draws a code at random.
func newCode() (string, error) {
	b := make([]byte, codeLength)
	n := big.NewInt(int64(len(codeLetters)))
	for i := range b {
		k, err := rand.Int(rand.Reader, n)
		if err != nil {
			return "", err
		}
		b[i] = codeLetters[k.Int64()]
	}
	return string(b), nil
}

// withCodes calls write with a source of new codes, and again while a code is
// taken. The error of the last try is returned.
func withCodes(write func(code func() (string, error)) error) (err error) {
	for range codeTries {
		if err = write(newCode); !store.IsDuplicate(err) {
			return err
		}
	}
	return err
}
