// Package bedrock asks models of Amazon Bedrock through its Converse API.
//
// The request is written and signed here, with the SDK's own signer and without
// the SDK's client: that adds 1.1 MB to every function that asks a model, which
// took the API's beyond the 15 MB we allow (bedrockruntime v1.63, 2026), and its
// retries leave out two of the failures that matter here. The tests hold our
// requests to those of the SDK.
//
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
package bedrock

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// Config says which model is asked and how it is reached.
type Config struct {
	// Model is a model or inference profile, by id or ARN.
	Model       string
	Region      string
	Credentials aws.CredentialsProvider
	// Endpoint is the service's address, "" for the region's own.
	Endpoint string
	Client   Client
	Now      desk.Clock
}

// Client sends requests, as *http.Client does.
type Client interface {
	Do(*http.Request) (*http.Response, error)
}

// Backend asks one model. It is safe for concurrent use.
type Backend struct {
	config   Config
	endpoint string
	signer   *v4.Signer
	pause    time.Duration // before the second attempt, at most

	mu   sync.Mutex
	able capabilities // what the model takes, as far as known
}

var _ model.Backend = (*Backend)(nil)

// New returns a backend for the model of the configuration.
func New(c Config) *Backend {
	endpoint := strings.TrimSuffix(c.Endpoint, "/")
	if endpoint == "" {
		endpoint = "https://bedrock-runtime." + c.Region + ".amazonaws.com"
	}
	return &Backend{config: c, endpoint: endpoint, signer: v4.NewSigner(), pause: 800 * time.Millisecond, able: capabilitiesOf(c.Model)}
}

// attempts is how often a question is put to a model that is busy: behind a
// queue, which comes back by itself, more only holds up other work.
const attempts = 2

// Ask implements model.Backend. A field that the model refuses is left out from
// then on.
func (b *Backend) Ask(ctx context.Context, q model.Question) (model.Answer, error) {
	able := b.capabilities()
	reply, err := b.askWith(ctx, q, able)
	if refused := able.named(err); refused != "" {
		able = able.without(refused)
		if reply, err = b.askWith(ctx, q, able); err == nil {
			b.learn(refused)
		}
	}
	if err != nil {
		return model.Answer{}, deskError(err)
	}
	return reply.answer(b.config.Model, q.Tool.Name)
}

// Worst implements model.Backend.
func (b *Backend) Worst(q model.Question) int64 { return model.Worst(b.config.Model, q) }

func (b *Backend) capabilities() capabilities {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.able
}

func (b *Backend) learn(refused field) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.able = b.able.without(refused)
}

// askWith puts a question with the fields the model takes, twice if need be.
func (b *Backend) askWith(ctx context.Context, q model.Question, able capabilities) (reply, error) {
	body, err := json.Marshal(newRequest(q, able))
	if err != nil {
		return reply{}, fmt.Errorf("encoding a Converse request: %w", err)
	}
	send := b.send
	if q.Grows != nil && able.has(streamField) {
		send = b.streaming(q)
	}
	var got reply
	for attempt := 1; ; attempt++ {
		if got, err = send(ctx, body); err == nil || attempt == attempts || !passing(err) {
			return got, err
		}
		if err := wait(ctx, b.pause); err != nil {
			return reply{}, err
		}
	}
}

// wait pauses for half to all of d, so that callers do not come back in step.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for a busy model: %w", ctx.Err())
	}
}

// maxReply is the largest reply read, in bytes.
const maxReply = 4 << 20

func (b *Backend) send(ctx context.Context, body []byte) (reply, error) {
	resp, err := b.call(ctx, "converse", body)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return reply{}, fmt.Errorf("reading Converse's reply: %w", err)
	}
	var got reply
	if err := json.Unmarshal(content, &got); err != nil {
		return reply{}, fmt.Errorf("reading Converse's reply: %w", err)
	}
	return got, nil
}

// call sends a request to an operation and returns its reply, or the failure it
// tells of.
func (b *Backend) call(ctx context.Context, operation string, body []byte) (*http.Response, error) {
	r, err := b.request(ctx, operation, body)
	if err != nil {
		return nil, err
	}
	resp, err := b.config.Client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("calling Converse: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, fmt.Errorf("reading Converse's reply: %w", err)
	}
	return nil, readFailure(resp, content)
}

// request makes a signed request. The model's id is one segment of the path,
// whatever slashes and colons an ARN has.
func (b *Backend) request(ctx context.Context, operation string, body []byte) (*http.Request, error) {
	address := b.endpoint + "/model/" + escaped(b.config.Model) + "/" + operation
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a Converse request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	credentials, err := b.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("getting credentials for Bedrock: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := b.signer.SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), "bedrock", b.config.Region, b.config.Now()); err != nil {
		return nil, fmt.Errorf("signing a Converse request: %w", err)
	}
	return r, nil
}

// escaped is a path segment as AWS signs it: PathEscape leaves the colon of
// "…-v1:0" as it is, the signature does not.
func escaped(id string) string { return strings.ReplaceAll(url.PathEscape(id), ":", "%3A") }

// failure is an error that Bedrock reported.
type failure struct {
	status  int
	code    string
	message string
}

func (f *failure) Error() string { return fmt.Sprintf("Bedrock answered %d %s", f.status, f.code) }

func readFailure(resp *http.Response, content []byte) *failure {
	f := &failure{status: resp.StatusCode}
	var body struct {
		Message string `json:"message"`
		Type    string `json:"__type"`
	}
	_ = json.Unmarshal(content, &body) // a proxy's page has no JSON, and no code
	f.message, f.code = body.Message, body.Type
	if header := resp.Header.Get("X-Amzn-Errortype"); header != "" {
		f.code = header
	}
	f.code, _, _ = strings.Cut(f.code, ":")
	f.code = f.code[strings.LastIndexByte(f.code, '#')+1:]
	return f
}

// passing reports whether a second attempt may go better. The SDK's retries
// leave out ModelNotReady (429) and ModelTimeout (408).
func passing(err error) bool {
	var f *failure
	if errors.As(err, &f) {
		return f.status == http.StatusTooManyRequests || f.status == http.StatusRequestTimeout || f.status >= 500
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errBrokeOff)
}

// kinds are how failures look to the desk, by their code.
var kinds = map[string]struct {
	kind desk.Kind
	code string
}{
	"ThrottlingException":           {desk.Unavailable, "model_busy"},
	"ServiceQuotaExceededException": {desk.Unavailable, "model_busy"},
	"ModelNotReadyException":        {desk.Unavailable, "model_busy"},
	"ServiceUnavailableException":   {desk.Unavailable, "model_busy"},
	"ModelTimeoutException":         {desk.Unavailable, "model_slow"},
	"AccessDeniedException":         {desk.Permanent, "model_denied"},
	"UnrecognizedClientException":   {desk.Permanent, "model_denied"},
	"ResourceNotFoundException":     {desk.Permanent, "model_unknown"},
	"ValidationException":           {desk.Permanent, "model_invalid"},
}

// deskError gives a failure its kind. Bedrock's own words can repeat what was
// sent, so only those on access and settings are passed on.
func deskError(err error) error {
	var f *failure
	switch {
	case errors.Is(err, errBrokeOff):
		return desk.Errorf(desk.Unavailable, "model_broke_off", "the model's answer broke off: %w", err)
	case errors.Is(err, context.DeadlineExceeded):
		return desk.Errorf(desk.Unavailable, "model_slow", "the model took too long: %w", err)
	case !errors.As(err, &f):
		return desk.Errorf(desk.Unavailable, "model_unavailable", "the model cannot be reached: %w", err)
	}
	known, ok := kinds[f.code]
	switch {
	case ok && known.kind == desk.Permanent:
		return desk.Errorf(known.kind, known.code, "the model's settings are wrong: %w (%.200s)", err, f.message)
	case ok:
		return desk.Errorf(known.kind, known.code, "the model does not answer now: %w", err)
	}
	return desk.Errorf(desk.Unavailable, "model_unavailable", "the model failed: %w", err)
}
