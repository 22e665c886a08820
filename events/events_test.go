// Package events_test holds the sample events to what the functions read. The
// same files serve `sam local invoke` and `sam remote invoke`, docs/operations.md.
package events_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/page"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

// samples are the type of each function's event and the ids its jobs carry.
var samples = map[string]struct {
	event any
	job   desk.Job // with every id set that the function needs
}{
	"poll":   {event: &events.EventBridgeEvent{}},
	"sweep":  {event: &events.EventBridgeEvent{}},
	"fetch":  {event: &events.SQSEvent{}, job: desk.Job{Org: "+", Mailbox: "+"}},
	"triage": {event: &events.SQSEvent{}, job: desk.Job{Org: "+", Conversation: "+", Message: "+"}},
	"draft":  {event: &events.SQSEvent{}, job: desk.Job{Org: "+", Conversation: "+", Message: "+"}},
	"send":   {event: &events.SQSEvent{}, job: desk.Job{Org: "+", Conversation: "+", Message: "+"}},
	"purge":  {event: &events.SQSEvent{}, job: desk.Job{Org: "+", Mailbox: "+"}},
	"export": {event: &events.SQSEvent{}, job: desk.Job{Org: "+", Mailbox: "+"}},
	"api":    {event: &events.APIGatewayV2HTTPRequest{}},
	"web":    {event: &events.APIGatewayV2HTTPRequest{}},
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryFunctionHasASample(t *testing.T) {
	folders, err := filepath.Glob("../functions/*/main.go")
	if err != nil || len(folders) != len(samples) {
		t.Errorf("%d functions and %d samples, %v", len(folders), len(samples), err)
	}
	for _, main := range folders {
		if name := filepath.Base(filepath.Dir(main)); samples[name].event == nil {
			t.Errorf("%s has no sample", name)
		}
	}
}

// What the samples say survives the way through the types the functions use.
func TestRoundTrip(t *testing.T) {
	for name, sample := range samples {
		t.Run(name, func(t *testing.T) {
			text := read(t, name)
			if err := json.Unmarshal(text, sample.event); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(sample.event)
			if err != nil {
				t.Fatal(err)
			}
			var before, after any
			if err := errors.Join(json.Unmarshal(text, &before), json.Unmarshal(again, &after)); err != nil {
				t.Fatal(err)
			}
			missing(t, name, before, after)
		})
	}
}

// missing reports what before says and after does not.
func missing(t *testing.T, at string, before, after any) {
	t.Helper()
	switch before := before.(type) {
	case map[string]any:
		object, _ := after.(map[string]any)
		for key, value := range before {
			missing(t, at+"."+key, value, object[key])
		}
	case []any:
		list, _ := after.([]any)
		if len(list) != len(before) {
			t.Errorf("%s has %d elements, was %d", at, len(list), len(before))
			return
		}
		for i, value := range before {
			missing(t, at, value, list[i])
		}
	default:
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s is %v, was %v", at, after, before)
		}
	}
}

func TestMalformedEventsAreRefused(t *testing.T) {
	for name, sample := range samples {
		if err := json.Unmarshal([]byte(`{"Records": 1, "version": 2, "id": []}`), sample.event); err == nil {
			t.Errorf("%s took an event of wrong types", name)
		}
	}
}

func TestQueuesCarryJobs(t *testing.T) {
	for name, sample := range samples {
		if sample.job == (desk.Job{}) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var event events.SQSEvent
			if err := json.Unmarshal(read(t, name), &event); err != nil {
				t.Fatal(err)
			}
			for _, record := range event.Records {
				strict := json.NewDecoder(strings.NewReader(record.Body))
				strict.DisallowUnknownFields()
				if err := strict.Decode(&desk.Job{}); err != nil {
					t.Errorf("the body is no job: %v", err)
				}
				if sum := md5.Sum([]byte(record.Body)); hex.EncodeToString(sum[:]) != record.Md5OfBody {
					t.Errorf("md5OfBody should be %x", sum)
				}
			}
			ran := 0
			answer := sqs.Handle(t.Context(), event, func(_ context.Context, job desk.Job) error {
				ran++
				if got := shape(job); got != sample.job {
					t.Errorf("the job has the ids %+v, want %+v", got, sample.job)
				}
				return nil
			}, func(_ desk.Job, err error) { t.Error(err) })
			if ran != len(event.Records) || ran == 0 || len(answer.BatchItemFailures) > 0 {
				t.Errorf("%d of %d jobs ran, answer %+v", ran, len(event.Records), answer)
			}
		})
	}
}

// shape is a job with "+" for every id that is set.
func shape(job desk.Job) desk.Job {
	set := func(id string) string { return strings.Repeat("+", min(len(id), 1)) }
	return desk.Job{
		Org: desk.OrgID(set(string(job.Org))), Mailbox: desk.MailboxID(set(string(job.Mailbox))),
		Conversation: desk.ConversationID(set(string(job.Conversation))), Message: desk.MessageID(set(string(job.Message))),
	}
}

// One message that fails comes again alone.
func TestABatchReportsOnlyWhatFailed(t *testing.T) {
	var event events.SQSEvent
	if err := json.Unmarshal(read(t, "triage"), &event); err != nil {
		t.Fatal(err)
	}
	event.Records[1].Body = "no job"
	var told []error
	answer := sqs.Handle(t.Context(), event, func(context.Context, desk.Job) error { return nil },
		func(_ desk.Job, err error) { told = append(told, err) })
	want := []events.SQSBatchItemFailure{{ItemIdentifier: event.Records[1].MessageId}}
	if len(told) != 1 || !reflect.DeepEqual(answer.BatchItemFailures, want) {
		t.Errorf("told %v, answered %+v, want %+v", told, answer, want)
	}
}

func serve(t *testing.T, name string, handler http.Handler) events.APIGatewayV2HTTPResponse {
	t.Helper()
	var event events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(read(t, name), &event); err != nil {
		t.Fatal(err)
	}
	answer, err := httpadapter.NewV2(handler).ProxyWithContext(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestAPIRequestCarriesTheClaims(t *testing.T) {
	serve(t, "api", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if r.Method != http.MethodGet || r.URL.Path != "/api/session" {
			t.Errorf("got %s %s", r.Method, r.URL.Path)
		}
		request, ok := core.GetAPIGatewayV2ContextFromContext(r.Context())
		if !ok || request.Authorizer == nil || request.Authorizer.JWT == nil {
			t.Fatal("no claims")
		}
		claims := request.Authorizer.JWT.Claims
		if claims["email"] != "owner@lumenhaus.example" || claims["email_verified"] != "true" {
			t.Errorf("got %v", claims)
		}
	}))
}

func TestWebRequestGetsThePage(t *testing.T) {
	files := fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>Quilldesk</title>")}}
	answer := serve(t, "web", page.New(files, page.Config{Issuer: "https://sign-in.example", ClientID: "client"}))
	if answer.StatusCode != http.StatusOK || !bytes.Contains([]byte(answer.Body), []byte("Quilldesk")) {
		t.Errorf("got %d: %s", answer.StatusCode, answer.Body)
	}
}
