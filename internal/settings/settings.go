// Package settings wires a function: what its environment says, and the AWS
// clients for it. It is used by functions/*/main.go and by nothing else.
package settings

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/kms"
	"github.com/quilldesk/quilldesk/internal/oauth"
	"github.com/quilldesk/quilldesk/internal/s3"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

// Function is a function's environment.
type Function struct {
	AWS aws.Config
	Log *slog.Logger
}

// Load reads the environment; a function that cannot start says why and ends.
func Load() Function {
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: level(os.Getenv("AWS_LAMBDA_LOG_LEVEL"))}))
	return Function{AWS: awsConfig(), Log: log.With("function", os.Getenv("AWS_LAMBDA_FUNCTION_NAME"))}
}

func level(name string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return l
}

// Get is a variable that must be set: template.yaml sets it.
func (f Function) Get(name string) string {
	v := os.Getenv(name)
	if v == "" {
		f.Log.Error(fmt.Sprintf("%s is not set", name))
		os.Exit(1)
	}
	return v
}

// Table is the table.
func (f Function) Table() *dynamo.Table {
	return dynamo.New(dynamodb.NewFromConfig(f.AWS), f.Get("TABLE"), time.Now)
}

// Bucket is the bucket.
func (f Function) Bucket() *s3.Bucket {
	return s3.New(f.AWS, os.Getenv("AWS_ENDPOINT_URL_S3"), f.Get("BUCKET"), time.Now)
}

// Vault seals credentials.
func (f Function) Vault() *kms.Vault { return kms.New(awskms.NewFromConfig(f.AWS), f.Get("KEY_ID")) }

// Tokens is the vault of functions that sign in to mailboxes: with OAuth its
// credentials come with a good access token.
func (f Function) Tokens(table *dynamo.Table) *oauth.Tokens {
	return &oauth.Tokens{Vault: f.Vault(), State: table, Providers: f.SignIns(), Client: oauth.NewClient(), Now: time.Now, Log: f.Log}
}

// SignIns are the providers at which mailboxes can sign in.
func (f Function) SignIns() oauth.Providers {
	application := func(name string) oauth.Application {
		return oauth.Application{ID: os.Getenv(name + "_CLIENT_ID"), Secret: os.Getenv(name + "_CLIENT_SECRET"), Authority: os.Getenv(name + "_AUTHORITY")}
	}
	return oauth.NewProviders(application("MICROSOFT"), os.Getenv("MICROSOFT_RESOURCE"), application("GOOGLE"))
}

// Queues are the work queues.
func (f Function) Queues() sqs.Queues {
	return sqs.Queues{
		Client: awssqs.NewFromConfig(f.AWS), FetchURL: f.Get("QUEUE_FETCH"), TriageURL: f.Get("QUEUE_TRIAGE"), DraftURL: f.Get("QUEUE_DRAFT"),
		SendURL: f.Get("QUEUE_SEND"), PurgeURL: f.Get("QUEUE_PURGE"), ExportURL: f.Get("QUEUE_EXPORT"),
	}
}

// Dialer opens connections to mail servers.
func (f Function) Dialer() dial.Dialer {
	return dial.Dialer{AllowPrivate: os.Getenv("ALLOW_PRIVATE_HOSTS") == "true"}
}

// Failed logs a job that failed, once, with ids and never with mail text.
func (f Function) Failed(job desk.Job, err error) {
	f.Log.Error("job failed", "org", job.Org, "mailbox", job.Mailbox, "conversation", job.Conversation, "message", job.Message,
		"code", desk.CodeOf(err), "err", err)
}

// Worker names this environment in leases.
func Worker() string { return strings.TrimPrefix(os.Getenv("AWS_LAMBDA_LOG_STREAM_NAME"), "/") }
