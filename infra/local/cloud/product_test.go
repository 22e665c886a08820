package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	runtimelib "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// product is the functions of testdata/template.yaml: this test binary, started
// again as a bootstrap. Like the real ones it knows AWS and nothing of "local".
type product struct {
	table, bucket, key, queue string
	dynamodb                  *dynamodb.Client
	s3                        *s3.Client
	kms                       *kms.Client
	sqs                       *sqs.Client
}

// actAsFunction serves invocations for ever.
func actAsFunction() {
	c, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	p := &product{
		table: os.Getenv("TABLE"), bucket: os.Getenv("BUCKET"), key: os.Getenv("KEY"), queue: os.Getenv("QUEUE"),
		dynamodb: dynamodb.NewFromConfig(c), s3: s3.NewFromConfig(c), kms: kms.NewFromConfig(c), sqs: sqs.NewFromConfig(c),
	}
	switch name := os.Getenv("AWS_LAMBDA_FUNCTION_NAME"); {
	case strings.HasSuffix(name, "workfunction"):
		runtimelib.Start(p.work)
	case strings.HasSuffix(name, "tickfunction"):
		runtimelib.Start(p.tick)
	default:
		runtimelib.Start(p.api)
	}
}

// put notes that something happened, and in which process.
func (p *product) put(ctx context.Context, id string) error {
	_, err := p.dynamodb.PutItem(ctx, &dynamodb.PutItemInput{TableName: &p.table, Item: map[string]ddb.AttributeValue{
		"pk": &ddb.AttributeValueMemberS{Value: id}, "kind": &ddb.AttributeValueMemberS{Value: "test"},
		"pid": &ddb.AttributeValueMemberN{Value: strconv.Itoa(os.Getpid())},
	}})
	return err
}

func (p *product) has(ctx context.Context, id string) (bool, error) {
	out, err := p.dynamodb.GetItem(ctx, &dynamodb.GetItemInput{TableName: &p.table, Key: map[string]ddb.AttributeValue{
		"pk": &ddb.AttributeValueMemberS{Value: id},
	}})
	return err == nil && len(out.Item) > 0, err
}

func (p *product) work(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	for _, record := range event.Records {
		if record.Body == "poison" {
			return events.SQSEventResponse{}, errors.New("poison")
		}
		if err := p.put(ctx, record.Body); err != nil {
			return events.SQSEventResponse{}, err
		}
	}
	return events.SQSEventResponse{}, nil
}

func (p *product) tick(ctx context.Context, event events.EventBridgeEvent) error {
	return p.put(ctx, event.Source)
}

// api answers the calls of the demo's set-up, which it counts, and those of the tests.
func (p *product) api(ctx context.Context, r events.APIGatewayV2HTTPRequest) (any, error) {
	what := r.RequestContext.HTTP.Method + " " + r.PathParameters["proxy"]
	switch what {
	case "GET session":
		made, err := p.has(ctx, "POST organisation")
		if !made {
			return map[string]any{}, err
		}
		return map[string]any{"organisation": map[string]any{}}, err
	case "GET mailboxes", "GET knowledge":
		return []any{}, nil
	case "GET who":
		return map[string]any{"email": r.RequestContext.Authorizer.JWT.Claims["email"], "pid": os.Getpid(), "trust": os.Getenv("SSL_CERT_FILE")}, nil
	case "GET has":
		found, err := p.has(ctx, r.QueryStringParameters["id"])
		return map[string]any{"found": found}, err
	case "POST work":
		_, err := p.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &p.queue, MessageBody: &r.Body})
		return map[string]any{}, err
	case "POST sealed":
		return p.sealAndOpen(ctx, r.Body)
	case "GET stuck":
		if err := p.put(ctx, "stuck"); err != nil {
			return nil, err
		}
		select {} // until it is killed
	}
	var member struct{ Role string }
	_ = json.Unmarshal([]byte(r.Body), &member)
	return map[string]any{}, p.put(ctx, strings.TrimSpace(what+" "+member.Role))
}

// sealAndOpen takes a text through KMS and S3 and back.
func (p *product) sealAndOpen(ctx context.Context, text string) (any, error) {
	sealed, err := p.kms.Encrypt(ctx, &kms.EncryptInput{KeyId: &p.key, Plaintext: []byte(text)})
	if err != nil {
		return nil, err
	}
	if _, err := p.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &p.bucket, Key: aws.String("sealed"), Body: bytes.NewReader(sealed.CiphertextBlob)}); err != nil {
		return nil, err
	}
	object, err := p.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &p.bucket, Key: aws.String("sealed")})
	if err != nil {
		return nil, err
	}
	blob, err := io.ReadAll(object.Body)
	if err != nil {
		return nil, err
	}
	opened, err := p.kms.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: blob})
	if err != nil {
		return nil, err
	}
	return map[string]any{"text": string(opened.Plaintext)}, nil
}
