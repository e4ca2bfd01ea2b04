package testserver

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// RedisOptions says how a Redis is to run. The zero value is what the product
// needs: a cache in memory only, empty after each restart.
type RedisOptions struct {
	// Dir is the directory in which the server's own directory is made; empty chooses one.
	Dir string
	// Password is asked of every client; empty for none.
	Password string
	// ExtraArgs are further arguments of redis-server, such as "--appendonly", "yes".
	ExtraArgs []string
}

// Redis is a private Redis server. Its methods may be called from any goroutine.
type Redis struct {
	process
	opts RedisOptions
}

// StartRedis makes a new, empty server and returns once it responds. The context
// bounds the start only. The caller must Close the server. The error carries the
// end of the server's own log, or names the package to install.
func StartRedis(ctx context.Context, opts RedisOptions) (*Redis, error) {
	bin, err := findBinary("redis-server", "redis-server", "redis")
	if err != nil {
		return nil, err
	}
	r := &Redis{opts: opts}
	r.bin, r.args, r.ping = bin, r.arguments, r.pingServer
	return r, r.launch(ctx, cmp.Or(opts.Dir, fastParent()), func() error { return nil })
}

func (r *Redis) arguments() []string {
	args := []string{
		"--bind", "127.0.0.1",
		"--port", strconv.Itoa(r.port),
		"--dir", r.dir.path,
		"--save", "",
		"--appendonly", "no",
	}
	if r.opts.Password != "" {
		args = append(args, "--requirepass", r.opts.Password)
	}
	return append(args, r.opts.ExtraArgs...)
}

// URL is the address of one of the server's databases in the form of XINYU_REDIS_URL.
func (r *Redis) URL(db int) string {
	u := url.URL{Scheme: "redis", Host: r.Addr(), Path: "/" + strconv.Itoa(db)}
	if r.opts.Password != "" {
		u.User = url.UserPassword("", r.opts.Password)
	}
	return u.String()
}

// Client is a client of one of the server's databases. The caller closes it.
func (r *Redis) Client(db int) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: r.Addr(), Password: r.opts.Password, DB: db, MaxRetries: -1})
}

func (r *Redis) pingServer(ctx context.Context) error {
	c := r.Client(0)
	return errors.Join(c.Ping(ctx).Err(), c.Close())
}
