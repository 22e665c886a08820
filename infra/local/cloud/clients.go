package cloud

import (
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// clients are AWS clients of the embedded services, for setting them up and for
// the event source mappings.
type clients struct {
	dynamodb *dynamodb.Client
	s3       *s3.Client
	sqs      *sqs.Client
	kms      *kms.Client
}

func newClients(url func(id string) string, pair keyPair) clients {
	keys := credentials.NewStaticCredentialsProvider(pair.AccessKeyID, pair.SecretAccessKey, "")
	config := aws.Config{Region: region, Credentials: keys, HTTPClient: loopbackClient()}
	return clients{
		dynamodb: dynamodb.NewFromConfig(config, func(o *dynamodb.Options) { o.BaseEndpoint = aws.String(url("dynamodb")) }),
		s3:       s3.NewFromConfig(config, func(o *s3.Options) { o.BaseEndpoint = aws.String(url("s3")); o.UsePathStyle = true }),
		sqs:      sqs.NewFromConfig(config, func(o *sqs.Options) { o.BaseEndpoint = aws.String(url("sqs")) }),
		kms:      kms.NewFromConfig(config, func(o *kms.Options) { o.BaseEndpoint = aws.String(url("kms")) }),
	}
}

// loopbackClient hides WriteTo of request bodies from net/http, which otherwise
// reports "use of closed network connection" when a fast server answers before
// the body is written (Go 1.26, 2026).
func loopbackClient() *http.Client {
	return &http.Client{Transport: plainBodies{&http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}}}
}

type plainBodies struct{ next http.RoundTripper }

func (t plainBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = plainBody{r.Body}
	}
	return t.next.RoundTrip(r)
}

type plainBody struct{ io.ReadCloser }
