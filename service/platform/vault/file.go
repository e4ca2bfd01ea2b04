package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenOrCreateFile reads the keyset in the file at path, or makes one there,
// readable by the owner only. Processes that start at the same time all end up
// with the same keyset. Losing the file loses everything sealed with it.
func OpenOrCreateFile(path string) (*Vault, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createFile(path); err != nil {
			return nil, fmt.Errorf("create keyset file: %w", err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read keyset file: %w", err)
	}
	v, err := Open(string(text))
	if err != nil {
		return nil, fmt.Errorf("keyset file %s: %w", path, err)
	}
	return v, nil
}

// createFile puts a fresh keyset at path unless a file is there already. The
// content is complete on disk before the name appears, and a hard link, unlike
// a rename, never replaces what another process has put there first.
func createFile(path string) (err error) {
	text, err := Generate()
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".keyset-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(text + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in the directory survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
