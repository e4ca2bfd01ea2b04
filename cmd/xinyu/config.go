package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"xinyu/api"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/media"
)

// config is every setting of the program. Some hold secrets: it is never printed.
type config struct {
	// Addr is where the API listens, host:port or :port for all addresses of the machine. Default :8080.
	Addr string `env:"XINYU_ADDR" envDefault:":8080" means:"where to listen (:8080)"`
	// MetricsAddr is where /metrics is served alone, host:port. Default none: Addr serves it too, to this
	// machine only, in a demo to all.
	MetricsAddr string `env:"XINYU_METRICS_ADDR" means:"where to serve /metrics alone, such as :9091; empty: at XINYU_ADDR, to this machine only (in a demo to all)"`
	// PublicURL is the https URL by which phones reach the server, without a slash at the end (http passes
	// in a demo). Codes that any camera reads lead there, and WeChat fetches the pictures to check from
	// there. Default none: covers go unchecked.
	PublicURL string `env:"XINYU_PUBLIC_URL" means:"where phones reach the server, such as https://xinyu.example.com: for codes that any camera reads"`
	// AlertCheckURL is an external check that is called each minute while the escalation of alerts works,
	// and raises the alarm where no call comes (a dead man's switch). Default none.
	AlertCheckURL string `env:"XINYU_ALERT_CHECK_URL" means:"an external check, called each minute while alerts escalate: it alarms where no call comes; empty: none"`
	// DataDir is the directory of media files and, without a DSN, of the database, the keys and the lock
	// that lets one process use it. It is made where it is missing. Default ./data.
	DataDir string `env:"XINYU_DATA_DIR" envDefault:"./data" means:"the directory of media files and, embedded, of everything (./data)"`
	// DSN is the MySQL, MariaDB or TiDB database, user:password@tcp(host:3306)/database. Default none: a
	// SQLite file in DataDir.
	DSN string `env:"XINYU_DB_DSN" means:"user:password@tcp(host:3306)/database; empty: SQLite in the data directory"`
	// RedisURL is the Redis, redis://:password@host:6379/0 or unix:///path; several with commas are a
	// cluster. Production needs one, with a password or at a socket, beside a DSN. Default none: a Redis
	// inside the process.
	RedisURL string `env:"XINYU_REDIS_URL" means:"redis://:password@host:6379/0, several with commas for a cluster, or unix:///path/of/the.sock; empty: inside the process"`
	// Demo says whether to run with demo data, demo accounts and WeChat's emulator. Default true without a
	// DSN, else false.
	Demo *bool `env:"XINYU_DEMO" means:"true: demo data, demo accounts and WeChat's emulator (true without XINYU_DB_DSN)"`
	// WeChatAppID is the app id of the mini-program. No default: it is needed unless this is a demo.
	WeChatAppID string `env:"XINYU_WECHAT_APP_ID" means:"the mini-program's app id"`
	// WeChatSecret is the app secret that goes with it, needed alike.
	WeChatSecret string `env:"XINYU_WECHAT_SECRET" means:"the mini-program's app secret"`
	// Templates says which of WeChat's message templates carries which kind of message: JSON, or the name
	// of a file of it. Default none: everybody is telephoned (in a demo: made-up templates).
	Templates string `env:"XINYU_WECHAT_TEMPLATES" means:"which templates carry which messages: JSON, or a file that holds it; empty: none, everyone is telephoned (in a demo: any)"`
	// WeChatBaseURL is called in place of https://api.weixin.qq.com, which is the default: a proxy, or
	// another's emulator.
	WeChatBaseURL string `env:"XINYU_WECHAT_BASE_URL" means:"another address for https://api.weixin.qq.com"`
	// WeChatPushToken is the Token of the mini-program's message push in safe mode, 3 to 32 letters and
	// digits. Default none: WeChat's events are refused (in a demo: made anew at each start).
	WeChatPushToken string `env:"XINYU_WECHAT_PUSH_TOKEN" means:"the Token of the mini-program's message push, to /wechat/push in safe mode; empty: no pushes"`
	// WeChatPushKey is its EncodingAESKey, 43 characters. It goes with the token.
	WeChatPushKey string `env:"XINYU_WECHAT_PUSH_AES_KEY" means:"the EncodingAESKey of the mini-program's message push"`
	// OfficialAppID is the app id of the official account. Default none: there is no official account.
	OfficialAppID string `env:"XINYU_OFFICIAL_APP_ID" means:"the official account's app id; empty: none. It needs XINYU_PUBLIC_URL"`
	// OfficialSecret is the app secret that goes with it.
	OfficialSecret string `env:"XINYU_OFFICIAL_SECRET" means:"the official account's app secret"`
	// OfficialPushToken is the Token of the official account's server settings in safe mode, 3 to 32 letters
	// and digits. Default none: its events are refused.
	OfficialPushToken string `env:"XINYU_OFFICIAL_PUSH_TOKEN" means:"the Token of the official account's server settings, for /wechat/push in safe mode; empty: no pushes"`
	// OfficialPushKey is its EncodingAESKey, 43 characters. It goes with the token.
	OfficialPushKey string `env:"XINYU_OFFICIAL_PUSH_AES_KEY" means:"the EncodingAESKey of the official account's server settings"`
	// Keyset is the set of keys by which fields are encrypted, as `xinyu keyset` prints it. Default none,
	// without a DSN only: one is made and kept in DataDir.
	Keyset string `env:"XINYU_KEYSET" means:"encryption keys, from xinyu keyset; empty: a file in the data directory, embedded only"`
	// S3Endpoint is the S3-compatible store of media, host or host:port. Default none: media are files in
	// DataDir.
	S3Endpoint string `env:"XINYU_S3_ENDPOINT" means:"host[:port] of an S3-compatible store for media; empty: the data directory"`
	// S3Public is how phones reach that store, host or host:port. Default S3Endpoint.
	S3Public string `env:"XINYU_S3_PUBLIC_ENDPOINT" means:"the store's address as phones reach it, where that differs"`
	// S3Bucket is the bucket of media, which must exist. It and the keys are needed with S3Endpoint.
	S3Bucket string `env:"XINYU_S3_BUCKET" means:"the bucket, which must exist"`
	// S3AccessKey is the access key of the store.
	S3AccessKey string `env:"XINYU_S3_ACCESS_KEY" means:"the store's access key"`
	// S3SecretKey is the secret key of the store.
	S3SecretKey string `env:"XINYU_S3_SECRET_KEY" means:"the store's secret key"`
	// S3Region is the region of the store. Default none: the store is asked.
	S3Region string `env:"XINYU_S3_REGION" means:"the store's region, where it has one"`
	// S3Secure is false where the store is reached by plain HTTP. Default true: HTTPS.
	S3Secure bool `env:"XINYU_S3_SECURE" envDefault:"true" means:"false: plain HTTP to the store"`
}

// LogValue keeps the settings, of which some are secret, out of logs.
func (config) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// String is the same for those who print them.
func (config) String() string { return "[redacted]" }

// GoString is String, for %#v.
func (config) GoString() string { return "[redacted]" }

// setting is a line of the help.
type setting struct{ name, means string }

// settings lists every setting.
func settings() []setting {
	var list []setting
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config]()) {
		list = append(list, setting{f.Tag.Get("env"), f.Tag.Get("means")})
	}
	return list
}

// settingError names a setting that is missing or wrong, and never its value.
func settingError(name, why string) error { return fmt.Errorf("%s: %s", name, why) }

// loadConfig reads and checks the settings. An empty variable counts as one
// that is not set.
func loadConfig(environ map[string]string) (config, error) {
	known := map[string]bool{}
	for _, s := range settings() {
		known[s.name] = true
	}
	set := map[string]string{}
	for name, value := range environ {
		// A misspelt XINYU_DB_DSN must not start a demo where production was meant.
		if strings.HasPrefix(name, "XINYU_") && !known[name] {
			return config{}, settingError(name, "there is no such setting")
		}
		if value != "" {
			set[name] = value
		}
	}
	cfg, err := env.ParseAsWithOptions[config](env.Options{Environment: set})
	if err != nil {
		return config{}, parseFault(err)
	}
	chosen := cfg.Demo != nil
	if !chosen {
		demo := cfg.DSN == ""
		cfg.Demo = &demo
	}
	if err := cfg.check(); err != nil || !*cfg.Demo {
		return cfg, err
	}
	lost := slices.IndexFunc(ofProduction, func(name string) bool { return set[name] != "" })
	if lost >= 0 && !chosen {
		return cfg, settingError("XINYU_DB_DSN", "missing, though "+ofProduction[lost]+" is set; XINYU_DEMO=true is for a demo")
	}
	return cfg, cfg.checkNoRealWeChat()
}

// ofProduction are the settings that say that a start without a database is no
// demo that somebody wants, but a production start that has lost its DSN.
var ofProduction = []string{"XINYU_WECHAT_SECRET", "XINYU_OFFICIAL_SECRET", "XINYU_WECHAT_PUSH_TOKEN", "XINYU_OFFICIAL_PUSH_TOKEN", "XINYU_S3_SECRET_KEY",
	"XINYU_REDIS_URL", "XINYU_KEYSET"}

// parseFault names the first setting that has the wrong form: the library's own
// error would quote the value.
func parseFault(err error) error {
	var fault env.ParseError
	if errors.As(err, &fault) {
		if field, ok := reflect.TypeFor[config]().FieldByName(fault.Name); ok {
			return settingError(field.Tag.Get("env"), "want true or false")
		}
	}
	return errors.New("the settings cannot be read")
}

// embedded reports whether everything is in the data directory, which then
// belongs to this process alone.
func (c config) embedded() bool { return c.DSN == "" }

// metricsReaders says to whom the API's own address serves /metrics.
func (c config) metricsReaders() api.MetricsReaders {
	switch {
	case c.MetricsAddr != "":
		return api.MetricsElsewhere
	case *c.Demo:
		return api.MetricsAll
	}
	return api.MetricsLocal
}

func (c config) check() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return settingError("XINYU_ADDR", "want host:port or :port")
	}
	if _, _, err := net.SplitHostPort(c.MetricsAddr); err != nil && c.MetricsAddr != "" {
		return settingError("XINYU_METRICS_ADDR", "want host:port or :port")
	}
	if u, err := url.Parse(c.AlertCheckURL); c.AlertCheckURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return errors.New("XINYU_ALERT_CHECK_URL: an http or https URL is needed")
	}
	if err := c.checkPublicURL(); err != nil {
		return err
	}
	if err := c.checkSets(); err != nil {
		return err
	}
	if err := c.checkOfficial(); err != nil {
		return err
	}
	if *c.Demo {
		return nil
	}
	for _, need := range []struct {
		name, value string
		ok          bool
	}{
		{"XINYU_WECHAT_APP_ID", c.WeChatAppID, false},
		{"XINYU_WECHAT_SECRET", c.WeChatSecret, false},
		{"XINYU_KEYSET", c.Keyset, c.embedded()},
		{"XINYU_REDIS_URL", c.RedisURL, c.embedded()},
	} {
		if need.value == "" && !need.ok {
			return settingError(need.name, "missing; only a demo (XINYU_DEMO=true) runs without")
		}
	}
	if err := cache.CheckURLs(c.RedisURL); err != nil {
		return err
	}
	return c.checkRealWeChat()
}

// checkNoRealWeChat refuses a demo that has the secret of a real programme: its
// people would be real, and their messages would go to the emulator.
func (c config) checkNoRealWeChat() error {
	for _, s := range []setting{{"XINYU_WECHAT_SECRET", c.WeChatSecret}, {"XINYU_OFFICIAL_SECRET", c.OfficialSecret}} {
		if s.means != "" && c.WeChatBaseURL == "" {
			return settingError(s.name, "set, though this is a demo (XINYU_DEMO), which uses an emulator of WeChat")
		}
	}
	return nil
}

// checkPublicURL lets plain HTTP pass in a demo only: phones refuse it elsewhere.
func (c config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(c.PublicURL, "/") {
		return settingError("XINYU_PUBLIC_URL", "want https://host without a slash at the end")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !*c.Demo) {
		return settingError("XINYU_PUBLIC_URL", "want https")
	}
	return nil
}

// checkRealWeChat refuses what can only be an emulator: it would let anyone in.
func (c config) checkRealWeChat() error {
	if c.WeChatBaseURL == "" {
		return nil
	}
	const name = "XINYU_WECHAT_BASE_URL"
	u, err := url.Parse(c.WeChatBaseURL)
	if err != nil || u.Hostname() == "" {
		return settingError(name, "want https://host[:port]")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	addr, err := netip.ParseAddr(host)
	local := err == nil && (addr.IsLoopback() || addr.IsUnspecified()) || host == "localhost" || strings.HasSuffix(host, ".localhost")
	if u.Scheme != "https" || local {
		return settingError(name, "an emulator of WeChat is for demos only; leave it empty for the real one")
	}
	return nil
}

// checkSets names what is missing where a part of a set is given.
func (c config) checkSets() error {
	for _, set := range []struct {
		what     string
		needed   []setting // with their values
		optional string
	}{
		{"the S3 store", []setting{{"XINYU_S3_ENDPOINT", c.S3Endpoint}, {"XINYU_S3_BUCKET", c.S3Bucket}, {"XINYU_S3_ACCESS_KEY", c.S3AccessKey},
			{"XINYU_S3_SECRET_KEY", c.S3SecretKey}}, c.S3Public + c.S3Region},
		{"the mini-program's pushes", []setting{{"XINYU_WECHAT_PUSH_TOKEN", c.WeChatPushToken}, {"XINYU_WECHAT_PUSH_AES_KEY", c.WeChatPushKey}}, ""},
		{"the official account", []setting{{"XINYU_OFFICIAL_APP_ID", c.OfficialAppID}, {"XINYU_OFFICIAL_SECRET", c.OfficialSecret}}, ""},
		{"the official account's pushes", []setting{{"XINYU_OFFICIAL_PUSH_TOKEN", c.OfficialPushToken}, {"XINYU_OFFICIAL_PUSH_AES_KEY", c.OfficialPushKey}}, ""},
	} {
		missing := slices.IndexFunc(set.needed, func(s setting) bool { return s.means == "" })
		given := slices.ContainsFunc(set.needed, func(s setting) bool { return s.means != "" }) || set.optional != ""
		if given && missing >= 0 {
			return settingError(set.needed[missing].name, "missing, though another setting of "+set.what+" is given")
		}
	}
	return nil
}

func (c config) s3() media.S3Config {
	return media.S3Config{
		Endpoint: c.S3Endpoint, PublicEndpoint: c.S3Public, Bucket: c.S3Bucket,
		AccessKey: c.S3AccessKey, SecretKey: c.S3SecretKey, Region: c.S3Region, Secure: c.S3Secure,
	}
}
