// Api serves the HTTP API of the page and the extension.
package main

import (
	"context"
	"net"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/quilldesk/quilldesk/internal/api"
	"github.com/quilldesk/quilldesk/internal/cognito"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/merge"
	"github.com/quilldesk/quilldesk/internal/oauth"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/reply"
	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

func main() {
	f := settings.Load()
	table, queues, dialer := f.Table(), f.Queues(), f.Dialer()
	assistant, fallback := f.Assistant()
	base := f.Knowledge()
	server := &api.Server{
		Table: table, Originals: f.Bucket(), Work: queues, DNS: net.DefaultResolver, Knowledge: base, Now: time.Now, Log: f.Log,
		Binder: &mailbox.Binder{
			State: table, Vault: f.Vault(), DNS: net.DefaultResolver, Now: time.Now,
			DialIMAP: func(ctx context.Context, at desk.Endpoint, who desk.Credentials) (mailbox.Probe, error) {
				return imap.Dial(ctx, dialer, at, who)
			},
			TestSMTP: func(ctx context.Context, at desk.Endpoint, who desk.Credentials) error {
				return smtp.Test(ctx, dialer, at, who)
			},
		},
		SignIns:          &oauth.Flow{State: table, Vault: f.Vault(), Providers: f.SignIns(), Client: oauth.NewClient(), Now: time.Now},
		Replies:          &reply.Desk{State: table, Knowledge: base, Assistant: assistant, Fallback: fallback, Now: time.Now, Log: f.Log},
		Budget:           f.Budget(),
		Outbox:           &outbox.Outbox{State: table, Files: f.Bucket(), Work: queues, Now: time.Now, Log: f.Log},
		Merger:           &merge.Merger{State: table, Work: queues, Now: time.Now},
		Links:            f.Bucket(),
		People:           cognito.New(f.AWS, os.Getenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"), f.Get("USER_POOL"), time.Now),
		Owner:            os.Getenv("OWNER_EMAIL"),
		NewOrganisations: os.Getenv("ALLOW_NEW_ORGANISATIONS") == "true",
		AI:               assistant.Name(),
		Identity:         identity,
	}
	lambda.Start(httpadapter.NewV2(server.Handler()).ProxyWithContext)
}

// identity is the person whose token the JWT authoriser verified.
func identity(ctx context.Context) (api.Person, bool) {
	request, ok := core.GetAPIGatewayV2ContextFromContext(ctx)
	if !ok || request.Authorizer == nil || request.Authorizer.JWT == nil {
		return api.Person{}, false
	}
	claims := request.Authorizer.JWT.Claims
	name := claims["name"]
	if name == "" {
		name, _, _ = strings.Cut(claims["email"], "@")
	}
	return api.Person{Email: claims["email"], Name: name}, claims["email_verified"] == "true"
}
