// Package vault encrypts single fields (what people write in confidence, phone
// and student numbers) before they reach the database, makes keyed hashes by
// which such a field can still be looked up, and authenticates short codes.
// The keys come from XINYU_KEYSET, or from a file of their own when embedded.
package vault

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	"xinyu/model"
)

// ErrUnseal says that a sealed value does not open: it was altered or cut,
// belongs to another field or row, or its key is not in the keyset.
var ErrUnseal = errors.New("sealed value does not open")

// HashSize is the length of look-up hashes and MACs in bytes.
const HashSize = 32

// tinkPrefix is the first byte of a sealed value; the next four are the id of its key.
const tinkPrefix byte = 1

// The first byte of what is hashed keeps the two uses of the hashing key apart.
const (
	forLookup byte = 'L'
	forMAC    byte = 'M'
)

// Vault seals and hashes with one keyset. It is safe for concurrent use.
type Vault struct {
	sealer  tink.AEAD
	primary uint32 // id of the key that seals
	hasher  prf.PRF
}

// Open reads a keyset in its text form. The error names XINYU_KEYSET and never
// holds any of its content.
func Open(keyset string) (*Vault, error) {
	sealing, hashing, err := parse(keyset)
	if err != nil {
		return nil, err
	}
	sealer, err := aead.New(sealing)
	if err != nil {
		return nil, errKeyset
	}
	hashers, err := prf.NewPRFSet(hashing)
	if err != nil {
		return nil, errKeyset
	}
	v := &Vault{sealer: sealer, primary: sealing.KeysetInfo().GetPrimaryKeyId(), hasher: hashers.PRFs[hashers.PrimaryID]}
	// A PRF may be unable to give enough bytes: better known now than at the first hash.
	if v.hasher == nil {
		return nil, errKeyset
	}
	if _, err := v.hasher.ComputePRF(nil, HashSize); err != nil {
		return nil, errKeyset
	}
	return v, nil
}

// String keeps keys out of logs and error messages that print a Vault.
func (v *Vault) String() string { return "vault" }

// GoString is String, for %#v.
func (v *Vault) GoString() string { return "vault" }

// Seal encrypts plaintext, which may be empty, for one field ("booking.concern")
// of one row; it opens for that field and row only, so that nobody with access
// to the database can move it elsewhere. The result is 33 bytes longer and
// differs each time. Its length tells that of the plaintext.
func (v *Vault) Seal(field string, id model.ID, plaintext string) ([]byte, error) {
	sealed, err := v.sealer.Encrypt([]byte(plaintext), place(field, id))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", field, err)
	}
	return sealed, nil
}

// Unseal decrypts what Seal gave for the same field and row. The error wraps
// ErrUnseal.
func (v *Vault) Unseal(field string, id model.ID, sealed []byte) (string, error) {
	plaintext, err := v.sealer.Decrypt(sealed, place(field, id))
	if err != nil {
		return "", fmt.Errorf("unseal %s: %w", field, ErrUnseal)
	}
	return string(plaintext), nil
}

// LookupHash is a keyed hash, 32 bytes, by which a sealed field can be found by
// equality. Equal values hash equally within a field and differently between
// fields, and go on doing so when sealing keys are rotated. The caller brings
// the value to one form (trimmed, half-width) first.
func (v *Vault) LookupHash(field, value string) []byte {
	return v.hash(forLookup, field, []byte(value))
}

// MAC authenticates data that we hand out and get back, such as a rotating
// check-in code or a signed link: 32 bytes. A MAC made for one purpose never
// holds for another. Compare with hmac.Equal.
func (v *Vault) MAC(purpose string, data []byte) []byte {
	return v.hash(forMAC, purpose, data)
}

func (v *Vault) hash(use byte, name string, data []byte) []byte {
	sum, err := v.hasher.ComputePRF(append(named([]byte{use}, name), data...), HashSize)
	if err != nil {
		panic(err) // Open has tried it with this length: this can't happen
	}
	return sum
}

// place is the associated data that ties a sealed value to its field and row.
func place(field string, id model.ID) []byte {
	return binary.BigEndian.AppendUint64(named(nil, field), uint64(id))
}

// named appends the name with its length before it, so that no name and the
// data behind it can be read as another name and other data.
func named(b []byte, name string) []byte {
	b = binary.AppendUvarint(b, uint64(len(name)))
	return append(b, name...)
}
