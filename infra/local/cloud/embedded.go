package cloud

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/quilldesk/quilldesk/infra/local/template"
)

// Embedded is the template's storage and queues on this machine, without
// functions: what tests and benchmarks of the product's packages run against.
type Embedded struct {
	DynamoDB *dynamodb.Client
	SQS      *sqs.Client
	KMS      *kms.Client

	// AWS and S3URL are for clients that sign their calls themselves.
	AWS   aws.Config
	S3URL string

	Table, Bucket, KeyID string
	// QueueURL finds a queue by its logical id, e.g. "Fetch".
	QueueURL map[string]string

	system *system
}

// OpenEmbedded opens the services of a template with their state in dir.
func OpenEmbedded(ctx context.Context, templatePath, dir string) (*Embedded, error) {
	s := &system{
		base:    "http://127.0.0.1", // nobody answers there
		options: Options{Template: templatePath, Data: dir, AI: "offline", Now: time.Now},
		log:     slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	e := &Embedded{system: s, QueueURL: map[string]string{}}
	if err := s.openEmbedded(ctx); err != nil {
		_ = e.Close()
		return nil, err
	}
	e.DynamoDB, e.SQS, e.KMS = s.clients.dynamodb, s.clients.sqs, s.clients.kms
	e.AWS, e.S3URL = s.clients.config, s.ports.url("s3")
	e.Table, e.Bucket = s.model.Tables[0].Name, s.model.Buckets[0].Name
	for _, q := range s.model.Queues {
		e.QueueURL[q.LogicalID] = s.queueURL(q.Name)
	}
	for _, f := range s.model.Functions {
		e.KeyID = f.Environment["KEY_ID"]
	}
	return e, nil
}

func (s *system) openEmbedded(ctx context.Context) (err error) {
	if s.ports, err = openPorts(s.options.Data); err != nil {
		return err
	}
	if s.keys, err = openKeyPair(s.options.Data); err != nil {
		return err
	}
	if err := s.openServices(); err != nil {
		return err
	}
	s.model, err = template.Load(s.options.Template, template.Options{
		StackName: stackName, Region: region, Account: account, Parameters: map[string]string{"OwnerEmail": ownerEmail, "AIModel": s.options.AI},
		Attributes: func(r template.Resource, attribute string) (string, error) { return s.attribute(ctx, r, attribute) },
	})
	if err != nil {
		return err
	}
	return s.clients.provision(ctx, s.model)
}

// WithEmbedded runs a package's tests on storage of their own and returns their
// exit code; 1 when the storage cannot be opened or closed.
func WithEmbedded(templatePath string, tests func(*Embedded) int) (code int) {
	dir, err := os.MkdirTemp("", "quilldesk-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e, err := OpenEmbedded(context.Background(), templatePath, dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := e.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	return tests(e)
}

// Close ends the services.
func (e *Embedded) Close() error { return e.system.close() }
