package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// parentVar makes this binary a whole system on the folder it names, to be killed.
const parentVar = "RUN_SYSTEM_ON"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		actAsFunction()
	case os.Getenv(parentVar) != "":
		if err := Run(context.Background(), options(os.Getenv(parentVar), os.Stdout, os.Stderr)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

func options(dir string, out, errs io.Writer) Options {
	return Options{
		Template: "testdata/template.yaml", Bin: filepath.Join(dir, "bin"), Data: filepath.Join(dir, "data"),
		Addr: "127.0.0.1:0", AI: "offline", Out: out, Err: errs, Now: time.Now,
	}
}

// folder has this binary as every function's bootstrap.
func folder(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range []string{"ApiFunction", "WorkFunction", "TickFunction"} {
		if err := os.MkdirAll(filepath.Join(dir, "bin", f), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(dir, "bin", f, "bootstrap")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// console collects output and can be searched while it grows.
type console struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *console) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(text)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// running is a system in this process.
type running struct {
	Description
	errs *console
	stop func()
}

func start(t *testing.T, dir string) *running {
	t.Helper()
	out, errs := &console{}, &console{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, options(dir, out, errs)) }()
	r := &running{errs: errs}
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ending: %v", err)
		}
	})
	t.Cleanup(r.stop)
	until(t, "it is ready", func() bool {
		select {
		case err := <-ended:
			ended <- nil // for stop
			t.Fatalf("it ended: %v\n%s", err, errs)
		default:
		}
		return strings.HasPrefix(out.String(), "Quilldesk is ready at http://127.0.0.1:")
	})
	r.Description = describe(t, dir)
	return r
}

func describe(t *testing.T, dir string) (d Description) {
	t.Helper()
	var text bytes.Buffer
	if err := Services(t.Context(), filepath.Join(dir, "data"), &text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// call uses the product's API as the person of a role; the body of the answer
// is decoded.
func (d Description) call(t *testing.T, role, method, path, body string) (status int, answer map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.Endpoints["api"]+"/api/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.People {
		if p.Role == role {
			r.Header.Set("Authorization", "Bearer "+p.Token)
		}
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	if err := json.NewDecoder(w.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, answer
}

func (d Description) has(t *testing.T, id string) bool {
	t.Helper()
	_, answer := d.call(t, "owner", "GET", "has?id="+strings.ReplaceAll(id, " ", "%20"), "")
	return answer["found"] == true
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestTheTemplateRuns(t *testing.T) {
	dir := folder(t)
	r := start(t, dir)
	clients := newClients(func(id string) string { return r.Endpoints[id] }, keyPair{r.AccessKeyID, r.SecretAccessKey})

	t.Run("people are who their tokens say", func(t *testing.T) {
		for _, p := range r.People {
			if status, who := r.call(t, p.Role, "GET", "who", ""); status != 200 || who["email"] != p.Email {
				t.Errorf("%s: %d %v", p.Role, status, who)
			}
		}
		if status, answer := r.call(t, "", "GET", "who", ""); status != 401 || answer["message"] != "Unauthorized" {
			t.Errorf("a stranger: %d %v", status, answer)
		}
	})
	t.Run("the demo is set up once", func(t *testing.T) {
		for _, call := range []string{"POST organisation", "PUT members admin", "PUT members agent", "PUT members viewer", "POST mailboxes"} {
			if !r.has(t, call) {
				t.Errorf("%s did not come; errors: %s", call, r.errs)
			}
		}
	})
	t.Run("work goes through the queue", func(t *testing.T) {
		r.call(t, "agent", "POST", "work", "job")
		until(t, "it is done", func() bool { return r.has(t, "job") })
	})
	t.Run("poison ends in the dead-letter queue", func(t *testing.T) {
		r.call(t, "agent", "POST", "work", "poison")
		url := r.Queues["Dead"]
		until(t, "it is there", func() bool {
			out, err := clients.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"}})
			return err == nil && out.Attributes["ApproximateNumberOfMessages"] == "1"
		})
	})
	t.Run("the schedule ticks", func(t *testing.T) {
		until(t, "it ticked", func() bool { return r.has(t, "aws.scheduler") })
	})
	t.Run("key and bucket work", func(t *testing.T) {
		if status, answer := r.call(t, "agent", "POST", "sealed", "secret"); answer["text"] != "secret" {
			t.Errorf("%d %v", status, answer)
		}
	})
	t.Run("the demo's certificate is trusted", func(t *testing.T) {
		_, who := r.call(t, "agent", "GET", "who", "")
		bundle, err := os.ReadFile(who["trust"].(string))
		if err != nil {
			t.Fatal(err)
		}
		demo, err := os.ReadFile(r.Mail.CAFile)
		if err != nil || !bytes.Contains(bundle, bytes.TrimSpace(demo)) {
			t.Errorf("not in the bundle (%v)", err)
		}
	})
	t.Run("another access key is refused", func(t *testing.T) {
		other := newClients(func(id string) string { return r.Endpoints[id] }, keyPair{"AKIAOTHER", "secret"})
		if _, err := other.dynamodb.ListTables(t.Context(), &dynamodb.ListTablesInput{}); err == nil || !strings.Contains(err.Error(), "UnrecognizedClientException") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("another host name is refused", func(t *testing.T) {
		q, err := http.NewRequestWithContext(t.Context(), "GET", r.Endpoints["api"]+"/api/who", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = "rebound.example"
		w, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		if w.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("got %d", w.StatusCode)
		}
	})
}

func TestStateSurvivesARestart(t *testing.T) {
	dir := folder(t)
	first := start(t, dir)
	first.call(t, "agent", "POST", "keep", "")
	_, before := first.call(t, "agent", "GET", "who", "")
	first.stop()
	if alive(int(before["pid"].(float64))) {
		t.Error("a function's process is left")
	}
	if err := Services(t.Context(), filepath.Join(dir, "data"), io.Discard); err != errNotRunning {
		t.Errorf("services after the end: %v", err)
	}
	second := start(t, dir)
	if !second.has(t, "POST keep") {
		t.Error("an item is lost")
	}
	for id, url := range first.Endpoints {
		if id != "api" && second.Endpoints[id] != url { // the test asks for a new port of api
			t.Errorf("%s moved from %s to %s", id, url, second.Endpoints[id])
		}
	}
	if first.AccessKeyID != second.AccessKeyID || first.Key != second.Key {
		t.Error("access key or key changed")
	}
}

func TestKilledSystemLeavesNothingBehind(t *testing.T) {
	dir := folder(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), parentVar+"="+dir)
	out := &console{}
	parent.Stdout, parent.Stderr = out, out
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "it is ready", func() bool { return strings.Contains(out.String(), "ready") })
	d := describe(t, dir)
	d.call(t, "agent", "POST", "keep", "")
	pid := d.stick(t)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	until(t, "the function's process is gone", func() bool { return !alive(pid) })
	if err := Services(t.Context(), filepath.Join(dir, "data"), io.Discard); err != errNotRunning {
		t.Errorf("services after the kill: %v", err)
	}
	if r := start(t, dir); !r.has(t, "POST keep") {
		t.Error("an item is lost")
	}
}

// alive reports whether a process runs; a zombie does not.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		return !strings.Contains(string(stat), ") Z ")
	}
	return syscall.Kill(pid, 0) == nil
}

func TestShutdownDoesNotWaitForEver(t *testing.T) {
	r := start(t, folder(t))
	pid := r.stick(t)
	begun := time.Now()
	r.stop()
	if took := time.Since(begun); took > 2*drainTime {
		t.Errorf("it took %s", took)
	}
	if alive(pid) {
		t.Error("the stuck process is left")
	}
}

// stick makes a function hang and returns its process.
func (d Description) stick(t *testing.T) int {
	t.Helper()
	go func() {
		q, err := http.NewRequest("GET", d.Endpoints["api"]+"/api/stuck", nil)
		if err != nil {
			return
		}
		q.Header.Set("Authorization", d.People[0].Token)
		if w, err := http.DefaultClient.Do(q); err == nil {
			_ = w.Body.Close()
		}
	}()
	clients := newClients(func(id string) string { return d.Endpoints[id] }, keyPair{d.AccessKeyID, d.SecretAccessKey})
	var pid int
	until(t, "it is stuck", func() bool {
		out, err := clients.dynamodb.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &d.Table,
			Key: map[string]ddb.AttributeValue{"pk": &ddb.AttributeValueMemberS{Value: "stuck"}}})
		if err != nil || len(out.Item) == 0 {
			return false
		}
		pid, err = strconv.Atoi(out.Item["pid"].(*ddb.AttributeValueMemberN).Value)
		return err == nil
	})
	return pid
}

func TestFaultsAtTheStartAreClear(t *testing.T) {
	cases := map[string]struct {
		change func(t *testing.T, o *Options)
		want   string
	}{
		"folder in use": {func(t *testing.T, o *Options) {
			if err := os.MkdirAll(o.Data, 0o700); err != nil {
				t.Fatal(err)
			}
			lock, err := lockData(o.Data)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = lock.Close() })
		}, "another Quilldesk is running on "},
		"port in use": {func(t *testing.T, o *Options) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			o.Addr = l.Addr().String()
		}, "set QUILLDESK_ADDR to another address"},
		"open to the network": {func(_ *testing.T, o *Options) { o.Addr = "0.0.0.0:0" }, "is not on this machine"},
		"unknown model":       {func(_ *testing.T, o *Options) { o.AI = "claude" }, "QUILLDESK_AI"},
		"model without name":  {func(_ *testing.T, o *Options) { o.AI = "openai:http://127.0.0.1:1/v1" }, "QUILLDESK_AI"},
		"no port":             {func(_ *testing.T, o *Options) { o.Addr = "localhost" }, "is not host:port"},
		"not built": {func(t *testing.T, o *Options) {
			if err := os.Remove(filepath.Join(o.Bin, "WorkFunction", "bootstrap")); err != nil {
				t.Fatal(err)
			}
		}, "WorkFunction not built yet; run: make build"},
		"no template": {func(_ *testing.T, o *Options) { o.Template = "none.yaml" }, "reading template"},
		"damaged ports": {func(t *testing.T, o *Options) {
			if err := os.MkdirAll(o.Data, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(o.Data, "ports.json"), []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "ports.json"},
		"service port in use": {func(t *testing.T, o *Options) {
			if err := os.MkdirAll(o.Data, 0o700); err != nil {
				t.Fatal(err)
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			if err := writeJSON(filepath.Join(o.Data, "ports.json"), map[string]int{"sqs": l.Addr().(*net.TCPAddr).Port}); err != nil {
				t.Fatal(err)
			}
		}, "which sqs has in this data folder, cannot be opened"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := options(folder(t), io.Discard, io.Discard)
			c.change(t, &o)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := Run(ctx, o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestOnlyWarningsReachTheConsole(t *testing.T) {
	for line, want := range map[string]bool{
		`{"time":"x","level":"INFO","msg":"a"}`:  false,
		`{"time":"x","level":"WARN","msg":"a"}`:  true,
		`{"time":"x","level":"ERROR","msg":"a"}`: true,
		`panic: oh`:                              true,
		`START RequestId: x Version: $LATEST`:    false,
		``:                                       false,
	} {
		if needsALook([]byte(line)) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}
