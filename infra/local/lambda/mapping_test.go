package lambda

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/quilldesk/quilldesk/infra/local/loopback"
	"github.com/quilldesk/quilldesk/infra/local/sqs"
)

// queues is an embedded SQS with a work queue whose messages come again after
// a second and go to a dead-letter queue after two receives.
type queues struct {
	*sdk.Client
	work, dead string
}

func openQueues(t *testing.T) queues {
	t.Helper()
	server, err := sqs.Open(filepath.Join(t.TempDir(), "sqs.db"), sqs.Options{Region: "us-east-1", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		_ = server.Close()
	})
	client := sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: &front.URL,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient:  &http.Client{Transport: loopback.Transport{Next: http.DefaultTransport}},
	})
	create := func(name string, attributes map[string]string) string {
		out, err := client.CreateQueue(t.Context(), &sdk.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		return *out.QueueUrl
	}
	dead := create("dead", nil)
	work := create("work", map[string]string{
		"VisibilityTimeout": "1",
		"RedrivePolicy":     `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"2"}`,
	})
	return queues{client, work, dead}
}

func (q queues) send(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		_, err := q.SendMessage(t.Context(), &sdk.SendMessageInput{QueueUrl: &q.work, MessageBody: &body,
			MessageAttributes: map[string]types.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: aws.String("test")}}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// left counts the messages of a queue, in flight ones included.
func (q queues) left(t *testing.T, url string) int {
	t.Helper()
	out, err := q.GetQueueAttributes(t.Context(), &sdk.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
		if out.Attributes[name] != "0" {
			n++
		}
	}
	return n
}

// recorder is a function that keeps the events it gets.
type recorder struct {
	answer func(events.SQSEvent) Result

	mu     sync.Mutex
	events []events.SQSEvent
	busy   int
	most   int
}

func (r *recorder) Invoke(_ context.Context, payload []byte) (Result, error) {
	var event events.SQSEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return Result{}, err
	}
	r.mu.Lock()
	r.events = append(r.events, event)
	r.busy++
	r.most = max(r.most, r.busy)
	r.mu.Unlock()
	defer func() { r.mu.Lock(); r.busy--; r.mu.Unlock() }()
	return r.answer(event), nil
}

func (r *recorder) bodies() (all [][]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, event := range r.events {
		var batch []string
		for _, record := range event.Records {
			batch = append(batch, record.Body)
		}
		all = append(all, batch)
	}
	return all
}

func (r *recorder) seen(body string) (n int) {
	for _, batch := range r.bodies() {
		if slices.Contains(batch, body) {
			n++
		}
	}
	return n
}

func run(t *testing.T, q queues, function Invoker, change func(*Mapping)) {
	t.Helper()
	m := &Mapping{
		Queue: q.Client, QueueURL: q.work, QueueARN: "arn:aws:sqs:us-east-1:000000000000:work", Region: "us-east-1",
		Function: function, BatchSize: 10, MaxConcurrency: 2, PartialFailures: true, Log: silent, Now: time.Now,
	}
	if change != nil {
		change(m)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { m.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
}

func failing(bodies ...string) func(events.SQSEvent) Result {
	return func(event events.SQSEvent) Result {
		var response events.SQSEventResponse
		for _, record := range event.Records {
			if slices.Contains(bodies, record.Body) {
				response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
			}
		}
		payload, _ := json.Marshal(response)
		return Result{Payload: payload}
	}
}

func TestMessagesArriveInAWSsShapeAndAreDeleted(t *testing.T) {
	q := openQueues(t)
	r := &recorder{answer: failing()}
	q.send(t, "a")
	run(t, q, r, nil)
	until(t, "the queue is empty", func() bool { return q.left(t, q.work) == 0 })
	record := r.events[0].Records[0]
	if record.EventSource != "aws:sqs" || record.EventSourceARN != "arn:aws:sqs:us-east-1:000000000000:work" || record.AWSRegion != "us-east-1" {
		t.Errorf("source %+v", record)
	}
	if record.Md5OfBody != "0cc175b9c0f1b6a831c399e269772661" || record.ReceiptHandle == "" || record.MessageId == "" {
		t.Errorf("message %+v", record)
	}
	if record.Attributes["ApproximateReceiveCount"] != "1" || record.Attributes["SentTimestamp"] == "" {
		t.Errorf("attributes %v", record.Attributes)
	}
	if kind := record.MessageAttributes["kind"]; kind.DataType != "String" || *kind.StringValue != "test" {
		t.Errorf("message attributes %+v", record.MessageAttributes)
	}
}

func TestPartialFailureComesAgainAlone(t *testing.T) {
	q := openQueues(t)
	r := &recorder{answer: failing("bad")}
	q.send(t, "good", "bad", "fine")
	run(t, q, r, nil)
	until(t, "the bad one is dead", func() bool { return q.left(t, q.dead) == 1 && q.left(t, q.work) == 0 })
	if r.seen("good") != 1 || r.seen("fine") != 1 || r.seen("bad") != 2 {
		t.Errorf("batches %v", r.bodies())
	}
}

func TestPoisonMessageOfARealFunctionEndsInTheDeadLetterQueue(t *testing.T) {
	q := openQueues(t)
	f, log := fixture(t, func(c *Config) { c.Env["UNDER_TEST"] = "obey" })
	q.send(t, "poison")
	run(t, q, explode{f}, nil)
	until(t, "it is dead", func() bool { return q.left(t, q.dead) == 1 && q.left(t, q.work) == 0 })
	if n := strings.Count(log.String(), "START RequestId"); n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
}

// explode makes the fixture crash whatever the event.
type explode struct{ f *Function }

func (e explode) Invoke(ctx context.Context, _ []byte) (Result, error) {
	return e.f.Invoke(ctx, []byte(`{"Do":"exit"}`))
}

func TestBatchesKeepToSizeWindowAndConcurrency(t *testing.T) {
	q := openQueues(t)
	r := &recorder{answer: func(event events.SQSEvent) Result {
		time.Sleep(20 * time.Millisecond) // so that batches would overlap if they could
		return failing()(event)
	}}
	bodies := strings.Fields("1 2 3 4 5 6 7 8")
	q.send(t, bodies...)
	run(t, q, r, func(m *Mapping) { m.BatchSize, m.Window, m.MaxConcurrency = 4, 300*time.Second, 1 })
	until(t, "the queue is empty", func() bool { return q.left(t, q.work) == 0 })
	if got := r.bodies(); len(got) != 2 || len(got[0]) != 4 || len(got[1]) != 4 {
		t.Errorf("batches %v", got)
	}
	if r.most != 1 {
		t.Errorf("%d batches at once", r.most)
	}
}

func TestLargeMessagesAreSpreadOverBatches(t *testing.T) {
	body := strings.Repeat(`"`, 1<<20) // doubles in JSON
	messages := make([]types.Message, 5)
	for i := range messages {
		messages[i] = types.Message{Body: &body}
	}
	m := &Mapping{BatchSize: 10}
	batch, rest := m.fit(nil, messages)
	if len(batch) != 2 || len(rest) != 3 {
		t.Errorf("%d in the batch, %d left", len(batch), len(rest))
	}
	event, err := json.Marshal(m.event(batch))
	if err != nil || len(event) > MaxRequest {
		t.Errorf("event of %d bytes (%v)", len(event), err)
	}
}

func TestPartialBatchResponses(t *testing.T) {
	batch := []types.Message{{MessageId: aws.String("a")}, {MessageId: aws.String("b")}}
	cases := map[string]struct {
		response string
		done     int
	}{
		"nothing":         {``, 2},
		"null":            {`null`, 2},
		"empty object":    {`{}`, 2},
		"null list":       {`{"batchItemFailures":null}`, 2},
		"empty list":      {`{"batchItemFailures":[]}`, 2},
		"one":             {`{"batchItemFailures":[{"itemIdentifier":"a"}]}`, 1},
		"all":             {`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}`, 0},
		"unknown id":      {`{"batchItemFailures":[{"itemIdentifier":"c"}]}`, 0},
		"empty id":        {`{"batchItemFailures":[{"itemIdentifier":""}]}`, 0},
		"null id":         {`{"batchItemFailures":[{"itemIdentifier":null}]}`, 0},
		"wrong key":       {`{"batchItemFailures":[{"id":"a"}]}`, 0},
		"not JSON":        {`oops`, 0},
		"another message": {`"done"`, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := len(succeeded(batch, []byte(c.response))); got != c.done {
				t.Errorf("%d done, want %d", got, c.done)
			}
		})
	}
}

func FuzzPartialBatchResponses(f *testing.F) {
	batch := []types.Message{{MessageId: aws.String("a")}, {MessageId: aws.String("b")}}
	for _, seed := range []string{`{"batchItemFailures":[{"itemIdentifier":"a"}]}`, `null`, `{"batchItemFailures":[null,{}]}`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		if done := succeeded(batch, response); len(done) > len(batch) {
			t.Errorf("%d of %d done", len(done), len(batch))
		}
	})
}

// onceQueue receives once; later receives wait for the end. A real long poll that
// is cut off may still take the message that shutting down gives back.
type onceQueue struct {
	Queue
	receives atomic.Int32
}

func (q *onceQueue) ReceiveMessage(ctx context.Context, in *sdk.ReceiveMessageInput, o ...func(*sdk.Options)) (*sdk.ReceiveMessageOutput, error) {
	if q.receives.Add(1) > 1 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return q.Queue.ReceiveMessage(ctx, in, o...)
}

func TestShutdownGivesUnusedMessagesBack(t *testing.T) {
	q := openQueues(t)
	q.send(t, "waiting")
	ctx, cancel := context.WithCancel(context.Background())
	r := &recorder{answer: failing()}
	once := &onceQueue{Queue: q.Client}
	m := &Mapping{
		Queue: once, QueueURL: q.work, QueueARN: "arn", Region: "us-east-1", Function: r,
		BatchSize: 10, Window: 300 * time.Second, MaxConcurrency: 1, Log: silent, Now: time.Now,
	}
	ended := make(chan struct{})
	go func() { m.Run(ctx); close(ended) }()
	hidden := func() string {
		out, err := q.GetQueueAttributes(t.Context(), &sdk.GetQueueAttributesInput{QueueUrl: &q.work, AttributeNames: []types.QueueAttributeName{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes["ApproximateNumberOfMessagesNotVisible"]
	}
	until(t, "it waits for more", func() bool { return once.receives.Load() == 2 })
	cancel()
	<-ended
	if hidden() != "0" || len(r.events) != 0 {
		t.Errorf("hidden %s, events %d", hidden(), len(r.events))
	}
}
