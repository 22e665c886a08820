package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/quilldesk/quilldesk/infra/local/demomail"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/kms"
)

// TestTheFunctionKilledAtAnyWriteDeliversOnce runs the sender's own binary against
// real storage and real mail servers, ends it with SIGKILL before and after each
// of its writes, and lets it run again as the queue would: the lease, the handing
// over, what the server said, the copy in Sent.
func TestTheFunctionKilledAtAnyWriteDeliversOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: building a function takes seconds")
	}
	t.Parallel()
	server, dialer := demoServer(t)
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary, "../../functions/send")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, account := range server.Accounts()[:2] {
		for write := 1; write <= 4; write++ {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, write %d, after=%v", account.Role, write, after), func(t *testing.T) {
					k := newKilled(t, server, dialer, account, binary)
					k.at, k.after = write, after
					k.run() // dies, or has fewer writes than that
					k.at = 0
					k.finish()
				})
			}
		}
	}
}

// killed is one mail and the function that sends it, which dies at a write.
type killed struct {
	*office
	server  *demomail.Server
	dialer  dial.Dialer
	account demomail.Account
	binary  string
	sent    desk.Message
	to      string
	log     bytes.Buffer // of its last run

	mu      sync.Mutex
	process *os.Process
	writes  int
	at      int // the write to die at, 0 for none
	after   bool
}

func newKilled(t *testing.T, server *demomail.Server, dialer dial.Dialer, account demomail.Account, binary string) *killed {
	t.Helper()
	k := &killed{server: server, dialer: dialer, account: account, binary: binary}
	k.office = newOffice(t, func(o *office) {
		k.to = "kim-" + string(o.org) + "@buyers.example"
		o.conv.Route.To, o.conv.Buyer.Address = k.to, k.to
		o.box.Address, o.box.AppendSent = account.Address, !account.KeepsSent
		o.box.IMAP, o.box.SMTP = demoEndpoint(t, server.IMAPAddr()), demoEndpoint(t, server.SMTPAddr())
		sealed, err := kms.New(embedded.KMS, embedded.KeyID).Seal(t.Context(), o.org, o.box.ID, k.who())
		if err != nil {
			t.Fatal(err)
		}
		o.box.Sealed = sealed
	})
	k.now = time.Now().Add(-time.Minute) // its time to be undone is over
	m, err := k.outbox().Queue(t.Context(), k.org, k.reply())
	if err != nil {
		t.Fatal(err)
	}
	k.sent = m
	return k
}

func (k *killed) who() desk.Credentials {
	return desk.Credentials{Method: desk.Password, User: k.account.Address, Password: k.account.Password, Secret: []byte("secret")}
}

// finish lets the function run until the mail is settled. Time passes by moving
// what is written down into the past; what is unclear a person decides by looking.
func (k *killed) finish() {
	k.Helper()
	for range 12 {
		m, version, err := k.table.Outgoing(k.Context(), k.org, "conv", k.sent.ID)
		if err != nil {
			k.Fatal(err)
		}
		switch {
		case m.Send.State == desk.Sent && m.Send.Copied:
			k.once()
			return
		case m.Send.State == desk.Unclear:
			settle := k.outbox().Retry
			if len(k.server.Received(k.to)) > 0 {
				settle = k.outbox().Arrived
			}
			if _, err := settle(k.Context(), k.org, "conv", m.ID); err != nil {
				k.Fatal(err)
			}
			continue
		case m.Send.State != desk.Sent:
			past := time.Now().Add(-time.Second)
			m.Send.NotAfter, m.Send.LeaseUntil = past, past
			if err := k.table.PutOutgoing(k.Context(), k.org, m, version); err != nil {
				k.Fatal(err)
			}
		}
		k.run()
	}
	k.Fatalf("never settled: %+v\n%s", k.message(k.sent.ID).Send, k.log.String())
}

// once checks what all of it is about.
func (k *killed) once() {
	k.Helper()
	if n := len(k.server.Received(k.to)); n != 1 {
		k.Errorf("the buyer has %d mails", n)
	}
	conn, err := imap.Dial(k.Context(), k.dialer, k.box.IMAP, k.who())
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	stands, err := conn.Open("Sent")
	if err != nil {
		k.Fatal(err)
	}
	copies, id := 0, k.message(k.sent.ID).HeaderID
	err = conn.Fetch(k.Context(), 0, stands.UIDNext, 1<<20, func(m desk.FetchedMail) error {
		if strings.Contains(string(m.Raw), "<"+id+">") {
			copies++
		}
		return nil
	})
	if err != nil || copies != 1 || id == "" {
		k.Errorf("%d copies in Sent of %q: %v", copies, id, err)
	}
}

// run starts the function's process, gives it the job of the queue and waits for
// its answer or its death.
func (k *killed) run() {
	k.Helper()
	table := httptest.NewServer(k.proxy())
	defer table.Close()
	done := make(chan struct{})
	runtime := httptest.NewServer(k.runtimeAPI(done))
	defer runtime.Close()
	ctx, cancel := context.WithTimeout(k.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, k.binary)
	cmd.Env = k.environment(table.URL, runtime.Listener.Addr().String())
	k.log.Reset()
	cmd.Stdout, cmd.Stderr = &k.log, &k.log
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	k.mu.Lock()
	k.process, k.writes = cmd.Process, 0
	k.mu.Unlock()
	dead := make(chan struct{})
	go func() { _ = cmd.Wait(); close(dead) }()
	select {
	case <-done:
		_ = cmd.Process.Kill()
		<-dead
	case <-dead:
	}
}

func (k *killed) environment(table, runtime string) []string {
	options := embedded.DynamoDB.Options()
	keys, err := options.Credentials.Retrieve(k.Context())
	if err != nil {
		k.Fatal(err)
	}
	env := []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + table, "AWS_ENDPOINT_URL_S3=" + embedded.S3URL,
		"AWS_ENDPOINT_URL_SQS=" + *embedded.SQS.Options().BaseEndpoint, "AWS_ENDPOINT_URL_KMS=" + *embedded.KMS.Options().BaseEndpoint,
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + keys.SecretAccessKey,
		"AWS_LAMBDA_RUNTIME_API=" + runtime, "AWS_LAMBDA_FUNCTION_NAME=Send", "TABLE=" + embedded.Table, "BUCKET=" + embedded.Bucket, "KEY_ID=" + embedded.KeyID,
		"SSL_CERT_FILE=" + k.server.CAPath(), "ALLOW_PRIVATE_HOSTS=true",
	}
	for name, at := range embedded.QueueURL {
		env = append(env, "QUEUE_"+strings.ToUpper(name)+"="+at)
	}
	return env
}

// proxy stands between the function and the table, and kills the function at one
// of its writes: before it is done, or when it is done and nobody has said so.
func (k *killed) proxy() http.Handler {
	target, err := url.Parse(*embedded.DynamoDB.Options().BaseEndpoint)
	if err != nil {
		k.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		k.mu.Lock()
		defer k.mu.Unlock()
		if operation == "PutItem" || operation == "TransactWriteItems" {
			k.writes++
		}
		dies := k.at > 0 && k.writes == k.at && operation != "GetItem"
		if dies && !k.after {
			_ = k.process.Kill()
			return
		}
		if dies {
			w = httptest.NewRecorder()
		}
		r.Host = target.Host
		forward.ServeHTTP(w, r)
		if dies {
			_ = k.process.Kill()
		}
	})
}

// runtimeAPI hands the function one event and closes done at its answer.
func (k *killed) runtimeAPI(done chan struct{}) http.Handler {
	body, err := json.Marshal(desk.Job{Org: k.org, Conversation: "conv", Message: k.sent.ID})
	if err != nil {
		k.Fatal(err)
	}
	event, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{{MessageId: "m1", Body: string(body), EventSource: "aws:sqs"}}})
	if err != nil {
		k.Fatal(err)
	}
	var given, told sync.Once
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		first := false
		given.Do(func() { first = true })
		if !first {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(25*time.Second).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:Send")
		_, _ = w.Write(event)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/request-1/", func(w http.ResponseWriter, r *http.Request) {
		answer, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		if strings.HasSuffix(r.URL.Path, "/error") {
			k.Errorf("the function failed: %s", answer)
		}
		told.Do(func() { close(done) })
	})
	return mux
}
