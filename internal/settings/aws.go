package settings

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// idleConnections is more than the writers of a batch: the SDK's ten would have
// most of them open a connection, with its TLS handshake, for every call.
const idleConnections = 64

// awsConfig is what Lambda's environment says. The SDK's own loader also knows
// profiles, single sign-on and instance roles, none of which a function has, and
// makes every binary 3 MB larger and its start slower.
func awsConfig() aws.Config {
	return aws.Config{
		Region: os.Getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
		ConfigSources: []any{endpoints{}},
		HTTPClient: plainBodies{awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = idleConnections
		})},
	}
}

// endpoints reads the SDK's standard variables AWS_ENDPOINT_URL_<SERVICE>.
type endpoints struct{}

// GetServiceBaseEndpoint implements the SDK's configsources.ServiceBaseEndpointProvider.
func (endpoints) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	url := os.Getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(sdkID, " ", "_")))
	return url, url != "", nil
}

// plainBodies hides WriteTo of request bodies from net/http, which otherwise
// reports "use of closed network connection" when a fast server answers before
// the body is written (Go 1.26, 2026); the SDK would try again, and twice is
// once too often for a counter.
type plainBodies struct{ next aws.HTTPClient }

func (p plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = plainBody{r.Body}
	}
	return p.next.Do(r)
}

type plainBody struct{ io.ReadCloser }
