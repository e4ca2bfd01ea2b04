package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"xinyu/model"
)

// S3Config says where an S3-compatible store is and how to log in.
type S3Config struct {
	Endpoint string // host or host:port, as the server reaches it
	// PublicEndpoint is the store's address as phones reach it, for signed
	// links; empty = Endpoint.
	PublicEndpoint string
	Bucket         string // must exist
	AccessKey      string
	SecretKey      string
	Region         string // empty = us-east-1, which MinIO takes
	Secure         bool   // HTTPS

	transport http.RoundTripper // tests bring one that trusts their server; nil = the usual
}

// String leaves the keys out of logs.
func (c S3Config) String() string { return "s3 " + c.Endpoint + "/" + c.Bucket }

// GoString is String, for %#v.
func (c S3Config) GoString() string { return c.String() }

// S3 keeps files in a bucket of an S3-compatible store.
type S3 struct {
	client *minio.Client
	signer *minio.Client // makes links with the public address
	bucket string
}

var _ Store = (*S3)(nil)

// OpenS3 connects to the store and makes sure that the bucket is there.
func OpenS3(ctx context.Context, cfg S3Config) (*S3, error) {
	client, err := cfg.client(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", cfg, err)
	}
	signer := client
	if cfg.PublicEndpoint != "" {
		if signer, err = cfg.client(cfg.PublicEndpoint); err != nil {
			return nil, fmt.Errorf("sign links for %s: %w", cfg, err)
		}
	}
	found, err := client.BucketExists(ctx, cfg.Bucket)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", cfg, err)
	}
	if !found {
		return nil, fmt.Errorf("connect to %s: no such bucket", cfg)
	}
	return &S3{client: client, signer: signer, bucket: cfg.Bucket}, nil
}

func (c S3Config) client(endpoint string) (*minio.Client, error) {
	opts := &minio.Options{
		Creds:      credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:     c.Secure,
		Region:     c.Region,
		Transport:  c.transport,
		MaxRetries: 3,
	}
	if opts.Region == "" {
		opts.Region = "us-east-1"
	}
	// Tencent COS wants the bucket in the host name; minio-go knows that of others only.
	if strings.HasSuffix(endpoint, ".myqcloud.com") {
		opts.BucketLookup = minio.BucketLookupDNS
	}
	return minio.New(endpoint, opts)
}

// Put implements Store.
func (s *S3) Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) error {
	if err := checkUpload(key, size, contentType); err != nil {
		return err
	}
	exact := newExactReader(ctx, r, size)
	_, err := s.client.PutObject(ctx, s.bucket, key, exact, size, minio.PutObjectOptions{ContentType: contentType})
	if fault := exact.fault(); fault != nil {
		return fmt.Errorf("store file: %w", fault)
	}
	return s3Error("store file", err)
}

// Open implements Store.
func (s *S3) Open(ctx context.Context, key string) (io.ReadSeekCloser, Info, error) {
	contentType, err := keyType(key)
	if err != nil {
		return nil, Info{}, err
	}
	obj, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, Info{}, s3Error("open file", err)
	}
	stat, err := obj.Stat()
	if err != nil {
		return nil, Info{}, errors.Join(s3Error("open file", err), obj.Close())
	}
	return obj, Info{
		Size:        stat.Size,
		ContentType: contentType,
		ETag:        strconv.Quote(stat.ETag),
		ModTime:     stat.LastModified,
	}, nil
}

// Move implements Store.
func (s *S3) Move(ctx context.Context, from, to string) error {
	if err := checkMove(from, to); err != nil {
		return err
	}
	if from == to {
		return nil
	}
	_, err := s.client.CopyObject(ctx, minio.CopyDestOptions{Bucket: s.bucket, Object: to}, minio.CopySrcOptions{Bucket: s.bucket, Object: from})
	if err != nil {
		return s3Error("move file", err)
	}
	return s.Delete(ctx, from)
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if !ValidKey(key) {
		return errKey
	}
	return s3Error("delete file", s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}))
}

// URL implements Store. It makes no network call.
func (s *S3) URL(ctx context.Context, key string, ttl time.Duration) (string, bool, error) {
	if !ValidKey(key) {
		return "", false, errKey
	}
	u, err := s.signer.PresignedGetObject(ctx, s.bucket, key, ttl, nil)
	if err != nil {
		return "", false, fmt.Errorf("sign download: %w", err)
	}
	return u.String(), true, nil
}

// Upload implements Store. It makes no network call.
func (s *S3) Upload(ctx context.Context, key string, size int64, contentType string, ttl time.Duration) (Upload, bool, error) {
	if err := checkUpload(key, size, contentType); err != nil {
		return Upload{}, false, err
	}
	// Both are signed: the store refuses another type or length.
	signed := http.Header{"Content-Type": {contentType}, "Content-Length": {strconv.FormatInt(size, 10)}}
	u, err := s.signer.PresignHeader(ctx, http.MethodPut, s.bucket, key, ttl, nil, signed)
	if err != nil {
		return Upload{}, false, fmt.Errorf("sign upload: %w", err)
	}
	header := map[string]string{"Content-Type": contentType} // clients set the length by themselves
	return Upload{Method: http.MethodPut, URL: u.String(), Header: header}, true, nil
}

// s3Error tells apart what is missing, what is down, and what is our fault.
func s3Error(what string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", what, err)
	var response minio.ErrorResponse
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case !errors.As(err, &response): // no response at all
		return model.Unavailable("media_unavailable", 5*time.Second, err)
	case response.Code == minio.NoSuchKey:
		return model.NotFound("file").WithCause(err)
	case response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests:
		return model.Unavailable("media_unavailable", 5*time.Second, err)
	}
	return err
}
