package sqs_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/infra/local/loopback"
	"github.com/quilldesk/quilldesk/infra/local/sqs"
)

// clock is a clock tests move by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bench is a running server with a client of the real SDK.
type bench struct {
	t *testing.T
	*awssqs.Client
	clock *clock
}

func newBench(t *testing.T) *bench {
	c := newClock()
	return &bench{t, newClient(t, openServer(t, filepath.Join(t.TempDir(), "sqs.db"), c)), c}
}

func openServer(t testing.TB, path string, c *clock) *sqs.Server {
	t.Helper()
	s, err := sqs.Open(path, sqs.Options{Region: "us-east-1", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newClient(t testing.TB, s *sqs.Server) *awssqs.Client {
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	return awssqs.New(awssqs.Options{
		BaseEndpoint: aws.String(srv.URL),
		HTTPClient:   &http.Client{Transport: loopback.Transport{Next: srv.Client().Transport}},
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Retryer:      aws.NopRetryer{},
	})
}

func (b *bench) queue(name string, attributes map[string]string) *string {
	b.t.Helper()
	out, err := b.CreateQueue(b.t.Context(), &awssqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.QueueUrl
}

func (b *bench) send(url *string, body, group string) {
	b.t.Helper()
	in := &awssqs.SendMessageInput{QueueUrl: url, MessageBody: &body}
	if group != "" {
		in.MessageGroupId = &group
	}
	if _, err := b.SendMessage(b.t.Context(), in); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) receive(url *string, count int32) []types.Message {
	b.t.Helper()
	out, err := b.ReceiveMessage(b.t.Context(), &awssqs.ReceiveMessageInput{
		QueueUrl: url, MaxNumberOfMessages: count,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.Messages
}

func (b *bench) attribute(url *string, name types.QueueAttributeName) string {
	b.t.Helper()
	out, err := b.GetQueueAttributes(b.t.Context(), &awssqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{name}})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.Attributes[string(name)]
}

func (b *bench) redrive(target *string, receives int) map[string]string {
	return map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, b.attribute(target, "QueueArn"), receives)}
}

func bodies(messages []types.Message) []string {
	out := []string{}
	for _, m := range messages {
		out = append(out, *m.Body)
	}
	return out
}

func wantBodies(t *testing.T, got []types.Message, want ...string) {
	t.Helper()
	if !slices.Equal(bodies(got), want) {
		t.Fatalf("got messages %q, want %q", bodies(got), want)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !asAPI(err, &e) || e.ErrorCode() != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

func TestMessageKeepsBodyAttributesAndGroup(t *testing.T) {
	b := newBench(t)
	url := b.queue("triage", nil)
	_, err := b.SendMessage(t.Context(), &awssqs.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String("問候 <&>\n"), MessageGroupId: aws.String("org-1"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"kind":  {DataType: aws.String("String"), StringValue: aws.String("mail")},
			"size":  {DataType: aws.String("Number"), StringValue: aws.String("12")},
			"bytes": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 255}},
		},
		MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-5759e988-bd862e3fe1be46a994272793")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.clock.advance(time.Second)
	m := b.receive(url, 1)[0]
	if *m.Body != "問候 <&>\n" || string(m.MessageAttributes["bytes"].BinaryValue) != "\x00\x01\xff" || *m.MessageAttributes["size"].StringValue != "12" {
		t.Errorf("message changed: %q %v", *m.Body, m.MessageAttributes)
	}
	want := map[string]string{
		"SenderId": "000000000000", "SentTimestamp": "1772355600000", "ApproximateReceiveCount": "1",
		"ApproximateFirstReceiveTimestamp": "1772355601000", "MessageGroupId": "org-1", "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793",
	}
	if fmt.Sprint(m.Attributes) != fmt.Sprint(want) {
		t.Errorf("system attributes %v, want %v", m.Attributes, want)
	}
}

func TestAttributeDigestFollowsAWSAlgorithm(t *testing.T) {
	b := newBench(t)
	out, err := b.SendMessage(t.Context(), &awssqs.SendMessageInput{
		QueueUrl: b.queue("digest", nil), MessageBody: aws.String("x"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"a": {DataType: aws.String("String"), StringValue: aws.String("b")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	// md5("\0\0\0\1a" "\0\0\0\6String" "\1" "\0\0\0\1b")
	if want := "bef8bf215374a0a228d67533b1a488be"; aws.ToString(out.MD5OfMessageAttributes) != want {
		t.Errorf("digest %s, want %s", aws.ToString(out.MD5OfMessageAttributes), want)
	}
}

func TestMessageReappearsAfterItsVisibilityTime(t *testing.T) {
	b := newBench(t)
	url := b.queue("fetch", map[string]string{"VisibilityTimeout": "60"})
	b.send(url, "one", "")
	first := b.receive(url, 10)
	wantBodies(t, first, "one")
	b.clock.advance(59 * time.Second)
	wantBodies(t, b.receive(url, 10))
	b.clock.advance(time.Second)
	second := b.receive(url, 10)
	wantBodies(t, second, "one")
	if got := second[0].Attributes["ApproximateReceiveCount"]; got != "2" {
		t.Errorf("receive count %s, want 2", got)
	}

	// A handle of an earlier delivery deletes nothing; the latest does.
	for _, m := range []types.Message{first[0], second[0]} {
		if got := b.attribute(url, "ApproximateNumberOfMessagesNotVisible"); got != "1" {
			t.Errorf("%s messages in flight, want 1", got)
		}
		if _, err := b.DeleteMessage(t.Context(), &awssqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.advance(time.Hour)
	wantBodies(t, b.receive(url, 10))
}

func TestChangeVisibility(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	b.send(url, "one", "")
	m := b.receive(url, 1)[0]
	change := func(seconds int32) error {
		_, err := b.ChangeMessageVisibility(t.Context(), &awssqs.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds})
		return err
	}
	if err := change(120); err != nil {
		t.Fatal(err)
	}
	b.clock.advance(119 * time.Second)
	wantBodies(t, b.receive(url, 1))
	if err := change(0); err != nil {
		t.Fatal(err)
	}
	wantCode(t, change(10), "AWS.SimpleQueueService.MessageNotInflight")
	wantBodies(t, b.receive(url, 1), "one")
}

func TestDelays(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", map[string]string{"DelaySeconds": "5"})
	b.send(url, "queue delay", "")
	if _, err := b.SendMessage(t.Context(), &awssqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("own delay"), DelaySeconds: 900}); err != nil {
		t.Fatal(err)
	}
	wantBodies(t, b.receive(url, 10))
	if got := b.attribute(url, "ApproximateNumberOfMessagesDelayed"); got != "2" {
		t.Errorf("%s delayed, want 2", got)
	}
	b.clock.advance(5 * time.Second)
	wantBodies(t, b.receive(url, 10), "queue delay")
	b.clock.advance(15 * time.Minute)
	wantBodies(t, b.receive(url, 10), "queue delay", "own delay")
}

func TestRetentionDropsOldMessages(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", map[string]string{"MessageRetentionPeriod": "60"})
	b.send(url, "old", "")
	b.clock.advance(40 * time.Second)
	b.send(url, "new", "")
	b.clock.advance(20 * time.Second)
	wantBodies(t, b.receive(url, 10), "new")
	b.clock.advance(40 * time.Second)
	if got := b.attribute(url, "ApproximateNumberOfMessagesNotVisible"); got != "0" {
		t.Errorf("%s in flight after retention, want 0", got)
	}
}

func TestPoisonMessageGoesToTheDeadLetterQueueAndBack(t *testing.T) {
	b := newBench(t)
	dlq := b.queue("dead", nil)
	url := b.queue("q", b.redrive(dlq, 2))
	b.send(url, "poison", "org-1")
	b.clock.advance(time.Second)
	for range 2 {
		wantBodies(t, b.receive(url, 1), "poison")
		b.clock.advance(30 * time.Second)
	}
	wantBodies(t, b.receive(url, 1))
	dead := b.receive(dlq, 1)
	wantBodies(t, dead, "poison")
	if got := dead[0].Attributes["DeadLetterQueueSourceArn"]; got != b.attribute(url, "QueueArn") {
		t.Errorf("source %s", got)
	}
	if got := dead[0].Attributes["SentTimestamp"]; got != "1772355600000" {
		t.Errorf("sent at %s: a message keeps its age in the dead-letter queue", got)
	}

	b.clock.advance(time.Minute)
	_, err := b.StartMessageMoveTask(t.Context(), &awssqs.StartMessageMoveTaskInput{SourceArn: aws.String(b.attribute(dlq, "QueueArn"))})
	if err != nil {
		t.Fatal(err)
	}
	wantBodies(t, b.receive(dlq, 1))
	again := b.receive(url, 1)
	wantBodies(t, again, "poison")
	if again[0].Attributes["ApproximateReceiveCount"] != "1" || again[0].Attributes["MessageGroupId"] != "org-1" || *again[0].MessageId == *dead[0].MessageId {
		t.Errorf("a redriven message is a new one: %v", again[0].Attributes)
	}
	tasks, err := b.ListMessageMoveTasks(t.Context(), &awssqs.ListMessageMoveTasksInput{SourceArn: aws.String(b.attribute(dlq, "QueueArn"))})
	if err != nil || len(tasks.Results) != 1 || *tasks.Results[0].Status != "COMPLETED" || tasks.Results[0].ApproximateNumberOfMessagesMoved != 1 {
		t.Errorf("tasks %+v, %v", tasks, err)
	}
	sources, err := b.ListDeadLetterSourceQueues(t.Context(), &awssqs.ListDeadLetterSourceQueuesInput{QueueUrl: dlq})
	if err != nil || !slices.Equal(sources.QueueUrls, []string{*url}) {
		t.Errorf("sources %+v, %v", sources, err)
	}
}

func TestNoisyGroupDoesNotDelayOthers(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	for i := range 30 {
		b.send(url, fmt.Sprintf("noisy %02d", i), "noisy")
	}
	wantBodies(t, b.receive(url, 3), "noisy 00", "noisy 01", "noisy 02")
	b.send(url, "quiet 0", "quiet")
	b.send(url, "quiet 1", "quiet")
	b.send(url, "third", "third")

	// The noisy group already has three deliveries under way: the others come first.
	got := bodies(b.receive(url, 5))
	if want := []string{"quiet 0", "third", "quiet 1", "noisy 03", "noisy 04"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGroupsTakeTurnsWhenWorkIsQuick(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	for _, m := range []string{"a1", "a2", "a3", "b1", "b2", "c1"} {
		b.send(url, m, m[:1])
	}
	var order []string
	for range 6 {
		m := b.receive(url, 1)[0]
		order = append(order, *m.Body)
		if _, err := b.DeleteMessage(t.Context(), &awssqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(order, " "); got != "a1 b1 c1 a2 b2 a3" {
		t.Errorf("order %s", got)
	}
}

func TestLongPollReturnsWhenAMessageArrives(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", map[string]string{"ReceiveMessageWaitTimeSeconds": "20"})
	got := make(chan []types.Message, 1)
	go func() { got <- b.receive(url, 1) }()
	b.send(url, "here", "")
	select {
	case messages := <-got:
		wantBodies(t, messages, "here")
	case <-time.After(10 * time.Second):
		t.Fatal("long poll did not return")
	}
}

func TestLongPollEndsWithTheCaller(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := b.ReceiveMessage(ctx, &awssqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 20})
	if err == nil {
		t.Fatal("receive went on after its context ended")
	}
}

func TestPurge(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	b.send(url, "one", "")
	b.send(url, "two", "")
	m := b.receive(url, 1)[0]
	if _, err := b.PurgeQueue(t.Context(), &awssqs.PurgeQueueInput{QueueUrl: url}); err != nil {
		t.Fatal(err)
	}
	wantBodies(t, b.receive(url, 10))
	if _, err := b.DeleteMessage(t.Context(), &awssqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		t.Errorf("deleting a purged message: %v", err)
	}
	b.send(url, "three", "")
	wantBodies(t, b.receive(url, 10), "three")
	_, err := b.PurgeQueue(t.Context(), &awssqs.PurgeQueueInput{QueueUrl: url})
	wantCode(t, err, "AWS.SimpleQueueService.PurgeQueueInProgress")
}

func TestBatches(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	out, err := b.SendMessageBatch(t.Context(), &awssqs.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("a"), MessageBody: aws.String("A")},
		{Id: aws.String("bad"), MessageBody: aws.String("bad \x01")},
		{Id: aws.String("b"), MessageBody: aws.String("B")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Successful) != 2 || len(out.Failed) != 1 || *out.Failed[0].Code != "InvalidMessageContents" || !out.Failed[0].SenderFault {
		t.Fatalf("batch result %+v", out)
	}
	got := b.receive(url, 10)
	wantBodies(t, got, "A", "B")

	visible, err := b.ChangeMessageVisibilityBatch(t.Context(), &awssqs.ChangeMessageVisibilityBatchInput{QueueUrl: url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: 0},
		{Id: aws.String("x"), ReceiptHandle: aws.String("bogus"), VisibilityTimeout: 0},
	}})
	if err != nil || len(visible.Successful) != 1 || len(visible.Failed) != 1 || *visible.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Fatalf("visibility batch %+v, %v", visible, err)
	}
	deleted, err := b.DeleteMessageBatch(t.Context(), &awssqs.DeleteMessageBatchInput{QueueUrl: url, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: got[0].ReceiptHandle},
		{Id: aws.String("b"), ReceiptHandle: got[1].ReceiptHandle},
	}})
	if err != nil || len(deleted.Successful) != 2 {
		t.Fatalf("delete batch %+v, %v", deleted, err)
	}
	b.clock.advance(time.Hour)
	wantBodies(t, b.receive(url, 10))
}
