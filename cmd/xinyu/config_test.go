package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/api"
)

const (
	someDSN = "xinyu:S3CRET-DSN@tcp(127.0.0.1:1)/xinyu"
	secret  = "S3CRET"
)

// production is a complete set of settings for a production start.
func production() map[string]string {
	return map[string]string{
		"XINYU_DB_DSN": someDSN, "XINYU_REDIS_URL": "redis://:S3CRET-REDIS@127.0.0.1:1/0", "XINYU_WECHAT_APP_ID": "wx0123456789abcdef",
		"XINYU_WECHAT_SECRET": "S3CRET-WX", "XINYU_KEYSET": "S3CRET-KEYS",
	}
}

func with(m map[string]string, pairs ...string) map[string]string {
	m = maps.Clone(m)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestWrongSettingsAreNamedAndNeverShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"production without app id":      {with(production(), "XINYU_WECHAT_APP_ID", ""), "XINYU_WECHAT_APP_ID"},
		"production without secret":      {with(production(), "XINYU_WECHAT_SECRET", ""), "XINYU_WECHAT_SECRET"},
		"production without keys":        {with(production(), "XINYU_KEYSET", ""), "XINYU_KEYSET"},
		"production without Redis":       {with(production(), "XINYU_REDIS_URL", ""), "XINYU_REDIS_URL"},
		"production on an open Redis":    {with(production(), "XINYU_REDIS_URL", "redis://127.0.0.1:1/0"), "XINYU_REDIS_URL"},
		"an open cluster":                {with(production(), "XINYU_REDIS_URL", "redis://10.0.0.1:1,redis://10.0.0.2:1"), "XINYU_REDIS_URL"},
		"production without a database":  {with(production(), "XINYU_DB_DSN", ""), "XINYU_DB_DSN"},
		"keys without a database":        {map[string]string{"XINYU_KEYSET": "S3CRET"}, "XINYU_DB_DSN"},
		"a demo with a real secret":      {map[string]string{"XINYU_DEMO": "true", "XINYU_WECHAT_SECRET": "S3CRET"}, "XINYU_WECHAT_SECRET"},
		"a demo with a real account":     {map[string]string{"XINYU_DEMO": "true", "XINYU_OFFICIAL_SECRET": "S3CRET"}, "XINYU_OFFICIAL_APP_ID"},
		"production on a local emulator": {with(production(), "XINYU_WECHAT_BASE_URL", "https://127.0.0.1/S3CRET"), "XINYU_WECHAT_BASE_URL"},
		"production on localhost":        {with(production(), "XINYU_WECHAT_BASE_URL", "https://localhost:9/S3CRET"), "XINYU_WECHAT_BASE_URL"},
		"production on LOCALHOST.":       {with(production(), "XINYU_WECHAT_BASE_URL", "https://LOCALHOST.:9/S3CRET"), "XINYU_WECHAT_BASE_URL"},
		"production over plain HTTP":     {with(production(), "XINYU_WECHAT_BASE_URL", "http://wechat.example/S3CRET"), "XINYU_WECHAT_BASE_URL"},
		"production on no URL":           {with(production(), "XINYU_WECHAT_BASE_URL", "S3CRET"), "XINYU_WECHAT_BASE_URL"},
		"embedded, no demo, no WeChat":   {map[string]string{"XINYU_DEMO": "false"}, "XINYU_WECHAT_APP_ID"},
		"demo neither true nor false":    {map[string]string{"XINYU_DEMO": "S3CRET"}, "XINYU_DEMO"},
		"secure neither true nor false":  {map[string]string{"XINYU_S3_SECURE": "S3CRET"}, "XINYU_S3_SECURE"},
		"no port":                        {map[string]string{"XINYU_ADDR": "S3CRET"}, "XINYU_ADDR"},
		"no port for the metrics":        {map[string]string{"XINYU_METRICS_ADDR": "S3CRET"}, "XINYU_METRICS_ADDR"},
		"misspelt":                       {map[string]string{"XINYU_DB_DNS": "S3CRET"}, "XINYU_DB_DNS"},
		"half an S3 store": {map[string]string{"XINYU_S3_ENDPOINT": "s3.example", "XINYU_S3_BUCKET": "b",
			"XINYU_S3_ACCESS_KEY": "S3CRET"}, "XINYU_S3_SECRET_KEY"},
		"half of the mini-program's pushes": {with(production(), "XINYU_WECHAT_PUSH_TOKEN", "S3CRET"), "XINYU_WECHAT_PUSH_AES_KEY"},
		"the other half":                    {with(production(), "XINYU_WECHAT_PUSH_AES_KEY", "S3CRET"), "XINYU_WECHAT_PUSH_TOKEN"},
		"a push key too short":              {with(production(), "XINYU_WECHAT_PUSH_TOKEN", "S3CRET", "XINYU_WECHAT_PUSH_AES_KEY", "S3CRET"), "XINYU_WECHAT_PUSH_AES_KEY"},
		"a push token with a dash":          {with(production(), "XINYU_WECHAT_PUSH_TOKEN", "S3CRET-T", "XINYU_WECHAT_PUSH_AES_KEY", "S3CRET"), "XINYU_WECHAT_PUSH_TOKEN"},
		"half an official account":          {with(production(), "XINYU_OFFICIAL_APP_ID", "S3CRET"), "XINYU_OFFICIAL_SECRET"},
		"an official account nowhere":       {with(production(), "XINYU_OFFICIAL_APP_ID", "S3CRET", "XINYU_OFFICIAL_SECRET", "S3CRET"), "XINYU_PUBLIC_URL"},
		"pushes of no official account": {with(production(), "XINYU_OFFICIAL_PUSH_TOKEN", "S3CRET",
			"XINYU_OFFICIAL_PUSH_AES_KEY", "S3CRET"), "XINYU_OFFICIAL_APP_ID"},
		"an S3 store without an address": {map[string]string{"XINYU_S3_BUCKET": "S3CRET"}, "XINYU_S3_ENDPOINT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loadConfig(c.env)
			require.ErrorContains(t, err, c.want+": ")
			require.NotContains(t, err.Error(), secret)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestDemoFollowsFromTheDatabase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		demo bool
	}{
		"nothing set":           {nil, true},
		"empty counts as unset": {map[string]string{"XINYU_DB_DSN": "", "XINYU_DEMO": ""}, true},
		"production":            {production(), false},
		"demo on a database":    {map[string]string{"XINYU_DB_DSN": someDSN, "XINYU_DEMO": "true"}, true},
		"small but real":        {with(production(), "XINYU_DB_DSN", "", "XINYU_DEMO", "false"), false},
		"Redis at a socket":     {with(production(), "XINYU_REDIS_URL", "unix:///run/redis/redis-server.sock?db=0"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := loadConfig(c.env)
			require.NoError(t, err)
			require.Equal(t, c.demo, *cfg.Demo)
			require.Equal(t, ":8080", cfg.Addr)
			require.Equal(t, "./data", cfg.DataDir)
		})
	}
}

func TestMetricsAreOpenInADemoOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want api.MetricsReaders
	}{
		"nothing set":        {nil, api.MetricsAll},
		"demo on a database": {map[string]string{"XINYU_DB_DSN": someDSN, "XINYU_DEMO": "true"}, api.MetricsAll},
		"production":         {production(), api.MetricsLocal},
		"small but real":     {with(production(), "XINYU_DB_DSN", "", "XINYU_DEMO", "false"), api.MetricsLocal},
		"an address":         {with(production(), "XINYU_METRICS_ADDR", ":9091"), api.MetricsElsewhere},
		"an address, demo":   {map[string]string{"XINYU_METRICS_ADDR": ":9091"}, api.MetricsElsewhere},
	} {
		cfg, err := loadConfig(c.env)
		require.NoError(t, err, name)
		require.Equal(t, c.want, cfg.metricsReaders(), name)
	}
}

func TestSettingsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	cfg, err := loadConfig(production())
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("settings", "cfg", cfg)
	require.NotContains(t, log.String()+fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg), secret)
}

// The product's own logger masks, whatever a library puts into an error.
func TestTheLoggerMasks(t *testing.T) {
	t.Parallel()
	f, err := os.CreateTemp(t.TempDir(), "log")
	require.NoError(t, err)
	newLogger(f).Error("call failed", "err", errors.New("dial 13800001234: refused"), "route", "/api/v1/lessons/:id")
	text, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Contains(t, string(text), `"route":"/api/v1/lessons/:id"`)
	require.NotContains(t, string(text), "13800001234")
	require.Contains(t, string(text), "***")
}
