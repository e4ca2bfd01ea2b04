package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// profiled is laid over the product's program when it is to be profiled; the
// product itself has no such door. %q is the file to write.
const profiled = `package main

import (
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
)

func init() {
	if len(os.Args) < 2 || os.Args[1] != "serve" {
		return
	}
	f, err := os.Create(%q)
	if err != nil {
		panic(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		panic(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		pprof.StopCPUProfile()
		_ = f.Close()
	}()
}
`

// profileOverlay writes the overlay for the go command and returns its name.
func profileOverlay(dir, profile string) (string, error) {
	profile, err := filepath.Abs(profile)
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "xinyu/cmd/xinyu").Output()
	if err != nil {
		return "", fmt.Errorf("find the product's source: %w", err)
	}
	source := filepath.Join(dir, "profile.go")
	if err := os.WriteFile(source, fmt.Appendf(nil, profiled, profile), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(strings.TrimSpace(string(out)), "profile.go"): source}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, overlay, 0o600)
}
