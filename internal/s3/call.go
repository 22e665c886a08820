package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Bucket is the one bucket. It is safe for concurrent use.
type Bucket struct {
	config  aws.Config
	address string // of the bucket, without a slash at its end
	signer  *v4.Signer
	now     desk.Clock
	pause   time.Duration // before a second attempt; twice as long before a third
}

// New returns the bucket of that name. An empty endpoint is the region's own,
// with the bucket in the host; any other has the bucket in the path.
func New(config aws.Config, endpoint, name string, now desk.Clock) *Bucket {
	address := strings.TrimSuffix(endpoint, "/") + "/" + name
	if endpoint == "" {
		address = "https://" + name + ".s3." + config.Region + "." + domain(config.Region)
	}
	// S3 signs a path as it is sent; every other service escapes it once more.
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	return &Bucket{config: config, address: address, signer: signer, now: now, pause: 100 * time.Millisecond}
}

// domain is that of the region's partition.
func domain(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// attempts is how often a call is made that may go better the next time. Every
// call can be made twice.
const attempts = 3

// call makes a signed call for an object, or for the bucket without a key, and
// returns the answer of a success, whose body the caller closes.
func (b *Bucket) call(ctx context.Context, method, key string, query url.Values, data []byte) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		resp, err := b.try(ctx, method, key, query, data)
		if err == nil || attempt == attempts || !passing(err) {
			return resp, err
		}
		if err := wait(ctx, b.pause<<(attempt-1)); err != nil {
			return nil, err
		}
	}
}

func (b *Bucket) try(ctx context.Context, method, key string, query url.Values, data []byte) (*http.Response, error) {
	r, err := b.request(ctx, method, key, query, data)
	if err != nil {
		return nil, err
	}
	who, err := b.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("getting credentials: %w", err)
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	r.Header.Set("X-Amz-Content-Sha256", hash)
	if err := b.signer.SignHTTP(ctx, who, r, hash, "s3", b.config.Region, b.now()); err != nil {
		return nil, fmt.Errorf("signing a call: %w", err)
	}
	resp, err := b.config.HTTPClient.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	return nil, readFailure(resp)
}

func (b *Bucket) request(ctx context.Context, method, key string, query url.Values, data []byte) (*http.Request, error) {
	address := b.address
	if key != "" {
		address += "/" + escaped(key)
	}
	if len(query) > 0 {
		// The signature escapes a space in the query as %20, never as a plus.
		address += "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	}
	r, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err == nil && data != nil {
		r, err = http.NewRequestWithContext(ctx, method, address, bytes.NewReader(data))
	}
	if err != nil {
		return nil, fmt.Errorf("making a call: %w", err)
	}
	return r, nil
}

// escaped is a key as a path: everything but unreserved characters and slashes is
// escaped, as the signature wants it.
func escaped(key string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
	var out strings.Builder
	for _, c := range []byte(key) {
		if strings.IndexByte(unreserved, c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// failure is an error that the service reported.
type failure struct {
	status int
	code   string
}

func (f *failure) Error() string { return fmt.Sprintf("S3 answered %d %s", f.status, f.code) }

// maxFailure bounds what is read of an error, in bytes.
const maxFailure = 64 << 10

func readFailure(resp *http.Response) *failure {
	var body struct{ Code string }
	_ = xml.NewDecoder(io.LimitReader(resp.Body, maxFailure)).Decode(&body) // a proxy's page has no code
	return &failure{resp.StatusCode, body.Code}
}

// passing reports whether another attempt may go better: a busy service, a
// broken line, a clock that S3 finds wrong for a moment.
func passing(err error) bool {
	var f *failure
	if errors.As(err, &f) {
		return f.status >= 500 || f.status == http.StatusTooManyRequests || f.code == "RequestTimeout"
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// wait pauses for half to all of d, so that callers do not come back in step.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for a busy bucket: %w", ctx.Err())
	}
}
