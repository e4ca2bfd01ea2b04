package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockDataDir makes the data directory where it is missing and takes it for
// this process. The lock ends with the process, however that ends.
func lockDataDir(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, settingError("XINYU_DATA_DIR", "cannot be made: "+cause(err))
	}
	f, err := os.OpenFile(filepath.Join(dir, "xinyu.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, settingError("XINYU_DATA_DIR", "cannot be written: "+cause(err))
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f.Close, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = settingError("XINYU_DATA_DIR", "another xinyu is using this directory; stop it first, or give this one another directory")
	} else {
		err = fmt.Errorf("lock XINYU_DATA_DIR: %w", err)
	}
	return nil, errors.Join(err, f.Close())
}

// cause is what the system said, without the path.
func cause(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return "the system refuses"
}
