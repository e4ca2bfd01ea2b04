package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"xinyu/api"
	"xinyu/service"
)

//go:generate go run . openapi -o ../../api/openapi.json

// printOpenAPI prints the OpenAPI document. It needs no database: the document
// follows from the routes alone.
func printOpenAPI(_ context.Context, inv invocation) error {
	var file string
	err := inv.parse(func(f *flag.FlagSet) { f.StringVar(&file, "o", "", "write the document to `FILE`") })
	if err != nil {
		return err
	}
	doc, err := api.New(api.Config{Services: &service.Services{}}).OpenAPI()
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	if file != "" {
		return os.WriteFile(file, doc, 0o644) //nolint:gosec // a public document
	}
	_, err = inv.stdout.Write(doc)
	return err
}

// healthcheck asks the system on this machine whether it is ready.
func healthcheck(ctx context.Context, inv invocation) error {
	cfg, err := inv.config()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return settingError("XINYU_ADDR", "want host:port or :port")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("ask for readiness: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("nothing answers at XINYU_ADDR")
	}
	if err := resp.Body.Close(); err != nil {
		return fmt.Errorf("ask for readiness: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: status %d", resp.StatusCode)
	}
	return inv.print("ready", nil)
}

// printVersion says which build this is.
func printVersion(_ context.Context, inv invocation) error {
	if err := inv.noFlags(); err != nil {
		return err
	}
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintf(inv.stdout, "xinyu %s%s %s %s/%s\n", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
