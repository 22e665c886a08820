// Package cognito creates the sign-ins of invited people. It makes one call of
// the Cognito API, signed with the SDK's signer: the SDK's generated client for
// all of Cognito would make the API function 2 MB larger.
package cognito

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Pool is the user pool.
type Pool struct {
	config   aws.Config
	endpoint string
	id       string
	now      desk.Clock
}

// New returns the pool of that id. An empty endpoint is the region's own.
func New(config aws.Config, endpoint, id string, now desk.Clock) *Pool {
	if endpoint == "" {
		endpoint = "https://cognito-idp." + config.Region + ".amazonaws.com"
	}
	return &Pool{config, endpoint, id, now}
}

type attribute struct{ Name, Value string }

// adminCreateUser is the request of the API's AdminCreateUser.
type adminCreateUser struct {
	UserPoolId, Username   string
	DesiredDeliveryMediums []string
	UserAttributes         []attribute
}

// Invite creates a sign-in; Cognito mails the person a first password. A person
// who has one already keeps it. Unavailable with the code "invite_failed".
func (p *Pool) Invite(ctx context.Context, email string) error {
	body, err := json.Marshal(adminCreateUser{
		UserPoolId: p.id, Username: email, DesiredDeliveryMediums: []string{"EMAIL"},
		UserAttributes: []attribute{{"email", email}, {"email_verified", "true"}},
	})
	if err != nil {
		return desk.Errorf(desk.Internal, "internal", "inviting a person: %w", err)
	}
	status, answer, err := p.call(ctx, "AdminCreateUser", body)
	if err != nil {
		return desk.Errorf(desk.Unavailable, "invite_failed", "inviting a person: %w", err)
	}
	var failed struct {
		Type string `json:"__type"`
	}
	if status == http.StatusOK || json.Unmarshal(answer, &failed) == nil && strings.HasSuffix(failed.Type, "UsernameExistsException") {
		return nil
	}
	return desk.Errorf(desk.Unavailable, "invite_failed", "inviting a person: %d %s", status, failed.Type)
}

// call makes one signed call of the JSON 1.1 protocol.
func (p *Pool) call(ctx context.Context, operation string, body []byte) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	who, err := p.config.Credentials.Retrieve(ctx)
	if err != nil {
		return 0, nil, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, who, r, hex.EncodeToString(sum[:]), "cognito-idp", p.config.Region, p.now()); err != nil {
		return 0, nil, err
	}
	resp, err := p.config.HTTPClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, answer, err
}
