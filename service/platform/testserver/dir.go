package testserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// dirPrefix begins the name of every directory of this package.
const dirPrefix = "xinyu-testserver-"

// workDir is a server's directory. Its lock is held for as long as this process
// lives, which tells the sweep of another process that the directory is in use.
type workDir struct {
	path string
	lock *os.File
}

// newWorkDir makes a directory under parent, having first removed those whose
// owners were killed before they could remove them: on a memory file system
// they would otherwise use up the memory.
func newWorkDir(parent string) (*workDir, error) {
	if err := sweep(parent); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(parent, dirPrefix)
	if err != nil {
		return nil, fmt.Errorf("make server directory: %w", err)
	}
	lock, err := lockDir(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &workDir{path: path, lock: lock}, nil
}

func (d *workDir) remove() error {
	return errors.Join(os.RemoveAll(d.path), d.lock.Close())
}

// lockDir gives the lock its name only once it is held, so that a sweep never
// meets a named lock that is still free.
func lockDir(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(path, "lock.new"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock server directory: %w", err)
	}
	if err := flock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock server directory: %w", err), f.Close())
	}
	if err := os.Rename(f.Name(), filepath.Join(path, "lock")); err != nil {
		return nil, errors.Join(fmt.Errorf("lock server directory: %w", err), f.Close())
	}
	return f, nil
}

func sweep(parent string) error {
	locks, err := filepath.Glob(filepath.Join(parent, dirPrefix+"*", "lock"))
	if err != nil {
		return fmt.Errorf("look for left-over server directories: %w", err)
	}
	for _, name := range locks {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // another user's, or removed meanwhile
		}
		if flock(f) == nil {
			err = os.RemoveAll(filepath.Dir(name))
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("remove left-over server directory: %w", err)
		}
	}
	return nil
}

// flock takes the lock or fails at once. It ends with the process, however that ends.
func flock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// fastParent is the memory file system where there is one with room enough for
// the databases of a long test run (containers often have only 64 MB there).
func fastParent() string {
	const shm, enough = "/dev/shm", 4 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= enough {
		return shm
	}
	return os.TempDir()
}

// diskParent is where data survives a power cut: /tmp may be in memory,
// /var/tmp is not.
func diskParent() string {
	const disk = "/var/tmp"
	if _, err := os.Stat(disk); err != nil {
		return os.TempDir()
	}
	return disk
}
