package sqs_test

import (
	"bufio"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/quilldesk/quilldesk/infra/local/sqs"
)

func TestRestartKeepsInFlightMessagesHidden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sqs.db")
	c := newClock()
	s := openServer(t, path, c)
	b := &bench{t, newClient(t, s), c}
	url := b.queue("q", map[string]string{"VisibilityTimeout": "60"})
	b.send(url, "in flight", "org-1")
	b.send(url, "waiting", "org-1")
	m := b.receive(url, 1)[0]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	b.Client = newClient(t, openServer(t, path, c))
	url = b.queue("q", nil)
	if got := b.attribute(url, "VisibilityTimeout"); got != "60" {
		t.Errorf("visibility %s after restart, want 60", got)
	}
	if got := b.attribute(url, "ApproximateNumberOfMessagesNotVisible"); got != "1" {
		t.Errorf("%s in flight after restart, want 1", got)
	}
	wantBodies(t, b.receive(url, 10), "waiting")
	c.advance(60 * time.Second)
	got := b.receive(url, 10)
	wantBodies(t, got, "in flight", "waiting")
	if got[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Errorf("receive count %s after restart, want 2", got[0].Attributes["ApproximateReceiveCount"])
	}
	// The handle given out before the restart is no longer the latest.
	if _, err := b.DeleteMessage(t.Context(), &awssqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	if got := b.attribute(url, "ApproximateNumberOfMessagesNotVisible"); got != "2" {
		t.Errorf("%s in flight, want 2", got)
	}
}

// serveEnv makes the test binary a queue server on the file it names, to be
// killed.
const serveEnv = "QUILLDESK_TEST_SQS_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(serveEnv); path != "" {
		s, err := sqs.Open(path, sqs.Options{Region: "us-east-1", Now: time.Now})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(httptest.NewServer(s.Handler()).URL)
		select {}
	}
	os.Exit(m.Run())
}

func startProcess(t *testing.T, path string) (client *awssqs.Client, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return awssqs.New(awssqs.Options{BaseEndpoint: aws.String(strings.TrimSpace(line)), Region: "us-east-1",
		Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{}}), kill
}

func TestAcknowledgedMessagesSurviveAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sqs.db")
	client, kill := startProcess(t, path)
	out, err := client.CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan string, 10_000)
	go func() { // sends until the process is gone
		defer close(acknowledged)
		for i := 0; ; i++ {
			body := fmt.Sprint(i)
			if _, err := client.SendMessage(t.Context(), &awssqs.SendMessageInput{QueueUrl: out.QueueUrl, MessageBody: &body}); err != nil {
				return
			}
			acknowledged <- body
		}
	}()
	sent := map[string]bool{}
	for range 50 {
		sent[<-acknowledged] = true
	}
	kill()
	for body := range acknowledged {
		sent[body] = true
	}

	client, _ = startProcess(t, path)
	url, err := client.GetQueueUrl(t.Context(), &awssqs.GetQueueUrlInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	for {
		got, err := client.ReceiveMessage(t.Context(), &awssqs.ReceiveMessageInput{QueueUrl: url.QueueUrl, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Messages) == 0 {
			break
		}
		for _, m := range got.Messages {
			delete(sent, *m.Body)
		}
	}
	if len(sent) > 0 {
		t.Errorf("%d acknowledged messages are gone", len(sent))
	}
}

func BenchmarkSendReceiveDelete(b *testing.B) {
	c := newClock()
	client := newClient(b, openServer(b, filepath.Join(b.TempDir(), "sqs.db"), c))
	out, err := client.CreateQueue(b.Context(), &awssqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := client.SendMessage(b.Context(), &awssqs.SendMessageInput{QueueUrl: out.QueueUrl, MessageBody: aws.String("x")}); err != nil {
			b.Fatal(err)
		}
		got, err := client.ReceiveMessage(b.Context(), &awssqs.ReceiveMessageInput{QueueUrl: out.QueueUrl})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := client.DeleteMessage(b.Context(), &awssqs.DeleteMessageInput{QueueUrl: out.QueueUrl, ReceiptHandle: got.Messages[0].ReceiptHandle}); err != nil {
			b.Fatal(err)
		}
	}
}
