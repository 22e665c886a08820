package dynamodb_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

// witnessVariable names the endpoint of a running DynamoDB Local; witness.sh starts one.
const witnessVariable = "QUILLDESK_DYNAMODB_LOCAL"

// endpoint is a DynamoDB the contract is checked against.
type endpoint struct {
	*sdk.Client
	embedded bool
}

// against runs the test on the embedded server, and on DynamoDB Local when there is one.
func against(t *testing.T, test func(*testing.T, endpoint)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, endpoint{newClient(t, newServer(t, dynamodb.Options{Now: time.Now, NoSync: true})), true})
	})
	t.Run("witness", func(t *testing.T) {
		test(t, witness(t))
	})
}

// witness gives DynamoDB Local, without the tables of this contract.
func witness(t *testing.T) endpoint {
	t.Helper()
	url := os.Getenv(witnessVariable)
	if url == "" {
		t.Skipf("%s is not set: no DynamoDB Local to compare with", witnessVariable)
	}
	e := endpoint{newClient(t, url), false}
	e.dropTables()
	t.Cleanup(e.dropTables)
	return e
}

// newServer serves a database of its own and gives the address.
func newServer(t testing.TB, opts dynamodb.Options) string {
	t.Helper()
	db, err := dynamodb.Open(filepath.Join(t.TempDir(), "tables.db"), opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(db.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := db.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return server.URL
}

func newClient(t testing.TB, url string) *sdk.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return sdk.New(sdk.Options{
		BaseEndpoint: &url,
		Region:       "eu-central-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   &http.Client{Transport: plainBody{transport}},
	})
}

// plainBody hides the WriteTo method of request bodies. With it the transport may still be writing when
// a fast server has answered, and the SDK then fails with "use of closed network connection" (2025).
type plainBody struct{ next http.RoundTripper }

func (p plainBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = struct{ readCloser }{r.Body}
	}
	return p.next.RoundTrip(r)
}

type readCloser interface {
	Read([]byte) (int, error)
	Close() error
}

// attrs reads DynamoDB JSON. Attributes may be given without the outer braces.
func attrs(t testing.TB, text string) map[string]types.AttributeValue {
	t.Helper()
	if text == "" {
		return nil
	}
	values, err := attributevalue.UnmarshalMapJSON([]byte("{" + text + "}"))
	if err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return values
}

// text gives attributes as DynamoDB JSON, ordered by name, in the form attrs reads.
func text(t testing.TB, values map[string]types.AttributeValue) string {
	t.Helper()
	if len(values) == 0 {
		return ""
	}
	wire, err := attributevalue.MarshalMapJSON(values)
	if err != nil {
		t.Fatal(err)
	}
	return canonical(t, wire)
}

// canonical orders the members of a JSON object and drops its outer braces.
func canonical(t testing.TB, wire []byte) string {
	t.Helper()
	var tree any
	if err := json.Unmarshal(wire, &tree); err != nil {
		t.Fatal(err)
	}
	ordered, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(ordered), "{"), "}")
}

func texts(t testing.TB, items []map[string]types.AttributeValue) []string {
	t.Helper()
	list := make([]string, len(items))
	for i, it := range items {
		list[i] = text(t, it)
	}
	return list
}

// fault is an expected error. Where DynamoDB Local words the message differently from AWS, local says
// how; "*" when its wording changes.
type fault struct {
	code, message, local string
}

const validation = "ValidationException"

func (f fault) check(t *testing.T, e endpoint, err error) {
	t.Helper()
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		t.Fatalf("got error %v, want %s: %s", err, f.code, f.message)
	}
	want := f.message
	if !e.embedded && f.local != "" {
		want = f.local
	}
	if apiErr.ErrorCode() != f.code || want != "*" && apiErr.ErrorMessage() != want {
		t.Errorf("got  %s: %s\nwant %s: %s", apiErr.ErrorCode(), apiErr.ErrorMessage(), f.code, want)
	}
}

// tables of the contract: one with a range key and every kind of index, one with a hash key only.
const (
	wide = "wide"
	slim = "slim"
)

func key(name string, kind types.KeyType) types.KeySchemaElement {
	return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
}

func attribute(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
}

func projection(kind types.ProjectionType, names ...string) *types.Projection {
	return &types.Projection{ProjectionType: kind, NonKeyAttributes: names}
}

func (e endpoint) createTables(t testing.TB) {
	t.Helper()
	e.mustCreate(t, &sdk.CreateTableInput{
		TableName: aws.String(wide), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			attribute("pk", "S"), attribute("sk", "S"), attribute("g1", "S"), attribute("g2", "N"), attribute("ls", "N"),
		},
		KeySchema: []types.KeySchemaElement{key("pk", "HASH"), key("sk", "RANGE")},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			{IndexName: aws.String("all"), KeySchema: []types.KeySchemaElement{key("g1", "HASH"), key("g2", "RANGE")}, Projection: projection("ALL")},
			{IndexName: aws.String("keys"), KeySchema: []types.KeySchemaElement{key("g1", "HASH")}, Projection: projection("KEYS_ONLY")},
			{IndexName: aws.String("some"), KeySchema: []types.KeySchemaElement{key("g2", "HASH")}, Projection: projection("INCLUDE", "x", "y")},
		},
		LocalSecondaryIndexes: []types.LocalSecondaryIndex{
			{IndexName: aws.String("local"), KeySchema: []types.KeySchemaElement{key("pk", "HASH"), key("ls", "RANGE")}, Projection: projection("KEYS_ONLY")},
		},
	})
	e.mustCreate(t, &sdk.CreateTableInput{
		TableName: aws.String(slim), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute("id", "S")},
		KeySchema:            []types.KeySchemaElement{key("id", "HASH")},
	})
}

func (e endpoint) mustCreate(t testing.TB, in *sdk.CreateTableInput) {
	t.Helper()
	if _, err := e.CreateTable(context.Background(), in); err != nil {
		t.Fatalf("creating table %s: %v", *in.TableName, err)
	}
}

func (e endpoint) mustPut(t testing.TB, table string, items ...string) {
	t.Helper()
	for _, it := range items {
		if _, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: &table, Item: attrs(t, it)}); err != nil {
			t.Fatalf("putting %s: %v", it, err)
		}
	}
}

// stored gives the item with the key.
func (e endpoint) stored(t testing.TB, table, key string) string {
	t.Helper()
	out, err := e.GetItem(context.Background(), &sdk.GetItemInput{TableName: &table, Key: attrs(t, key), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatalf("getting %s: %v", key, err)
	}
	return text(t, out.Item)
}

// given gives nil for an empty text: a parameter left out.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// dropTables removes the tables of the contract, as far as they are there.
func (e endpoint) dropTables() {
	for _, name := range []string{wide, slim} {
		_, _ = e.DeleteTable(context.Background(), &sdk.DeleteTableInput{TableName: &name})
	}
}
