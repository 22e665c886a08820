package cloud

import (
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/quilldesk/quilldesk/infra/local/loopback"
)

// clients are AWS clients of the embedded services, for setting them up and for
// the event source mappings.
type clients struct {
	dynamodb *dynamodb.Client
	s3       *s3.Client
	sqs      *sqs.Client
	kms      *kms.Client
	config   aws.Config // of them all, without an endpoint
}

func newClients(url func(id string) string, pair keyPair) clients {
	keys := credentials.NewStaticCredentialsProvider(pair.AccessKeyID, pair.SecretAccessKey, "")
	config := aws.Config{Region: region, Credentials: keys, HTTPClient: loopbackClient()}
	return clients{
		dynamodb: dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.BaseEndpoint = aws.String(url("dynamodb")) }),
		s3:       s3.NewFromConfig(config, func(o *s3.Options) { o.BaseEndpoint = aws.String(url("s3")); o.UsePathStyle = true }),
		sqs:      sqs.NewFromConfig(config, func(o *sqs.Options) { o.BaseEndpoint = aws.String(url("sqs")) }),
		kms:      kms.NewFromConfig(config, func(o *kms.Options) { o.BaseEndpoint = aws.String(url("kms")) }),
		config:   config,
	}
}

// loopbackClient talks to servers on this machine.
func loopbackClient() *http.Client {
	return &http.Client{Transport: loopback.Transport{Next: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}}}
}
