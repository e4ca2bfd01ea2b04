package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// errKeyset stands for whatever is wrong with a keyset. The cause is left out
// on purpose: a decoder's error may quote the text that it stumbled over.
var errKeyset = errors.New("XINYU_KEYSET is not a keyset: it must be the one line that was generated, whole and unchanged")

// document is the JSON inside the text form of a keyset.
type document struct {
	Version int             `json:"version"`
	AEAD    json.RawMessage `json:"aead"` // Tink keyset that seals fields; rotates
	PRF     json.RawMessage `json:"prf"`  // Tink keyset for look-up hashes and MACs; never rotates by itself
}

// Generate is a fresh keyset in the text form that XINYU_KEYSET holds: one line
// of base64. Whoever holds it reads every sealed field, so it goes to the
// secret store and nowhere else.
func Generate() (string, error) {
	sealing, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("generate sealing key: %w", err)
	}
	hashing, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("generate hashing key: %w", err)
	}
	return format(sealing, hashing)
}

// AddKey is the keyset with a fresh key that seals from now on; everything
// sealed before still opens, and the look-up hashes and MACs stay the same.
// All processes need the new keyset before the first of them seals with it, so
// restart them together. Reseal then moves the stored values over.
func AddKey(text string) (string, error) {
	sealing, hashing, err := parse(text)
	if err != nil {
		return "", err
	}
	m := keyset.NewManagerFromHandle(sealing)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("add sealing key: %w", err)
	}
	if err := m.SetPrimary(id); err != nil {
		return "", fmt.Errorf("promote sealing key: %w", err)
	}
	if sealing, err = m.Handle(); err != nil {
		return "", fmt.Errorf("add sealing key: %w", err)
	}
	return format(sealing, hashing)
}

// DropOldKeys is the keyset without the sealing keys that AddKey replaced.
// What was not moved over by Reseal before can never be read again: Outdated
// must have counted nothing.
func DropOldKeys(text string) (string, error) {
	sealing, hashing, err := parse(text)
	if err != nil {
		return "", err
	}
	info := sealing.KeysetInfo()
	m := keyset.NewManagerFromHandle(sealing)
	for _, key := range info.GetKeyInfo() {
		if key.GetKeyId() == info.GetPrimaryKeyId() {
			continue
		}
		if err := m.Delete(key.GetKeyId()); err != nil {
			return "", fmt.Errorf("drop sealing key: %w", err)
		}
	}
	if sealing, err = m.Handle(); err != nil {
		return "", fmt.Errorf("drop sealing key: %w", err)
	}
	return format(sealing, hashing)
}

func format(sealing, hashing *keyset.Handle) (string, error) {
	doc := document{Version: 1}
	for _, part := range []struct {
		from *keyset.Handle
		to   *json.RawMessage
	}{{sealing, &doc.AEAD}, {hashing, &doc.PRF}} {
		var b bytes.Buffer
		if err := insecurecleartextkeyset.Write(part.from, keyset.NewJSONWriter(&b)); err != nil {
			return "", fmt.Errorf("write keyset: %w", err)
		}
		*part.to = b.Bytes()
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("write keyset: %w", err)
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

func parse(text string) (sealing, hashing *keyset.Handle, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil, errors.New("XINYU_KEYSET is empty")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, nil, errKeyset
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil || doc.Version != 1 {
		return nil, nil, errKeyset
	}
	sealing, err = insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(doc.AEAD)))
	if err != nil {
		return nil, nil, errKeyset
	}
	hashing, err = insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(doc.PRF)))
	if err != nil {
		return nil, nil, errKeyset
	}
	return sealing, hashing, nil
}
