package testserver

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// findBinary looks for a server program in PATH, and in the places that are
// often missing from the PATH of people who are not root or use Homebrew.
func findBinary(name, debian, brew string) (string, error) {
	if bin, err := exec.LookPath(name); err == nil {
		return bin, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/homebrew/opt/" + brew + "/bin"} {
		if bin, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return bin, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: on Debian run `apt-get install %s`, on macOS `brew install %s`", name, debian, brew)
}
