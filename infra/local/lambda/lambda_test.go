package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	runtimelib "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// order is an event for the function under test, which is this test binary
// started again as a bootstrap.
type order struct {
	Do    string
	Text  string
	Delay time.Duration
}

func TestMain(m *testing.M) {
	switch os.Getenv("UNDER_TEST") {
	case "":
		os.Exit(m.Run())
	case "refuse":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	default:
		runtimelib.Start(obey)
	}
}

func obey(ctx context.Context, o order) (any, error) {
	switch o.Do {
	case "fail":
		return nil, errors.New(o.Text)
	case "panic":
		panic(o.Text)
	case "exit":
		os.Exit(7)
	case "sleep":
		time.Sleep(o.Delay)
	case "print":
		fmt.Println(o.Text)
	case "big":
		return strings.Repeat("x", MaxResponse), nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "name": lambdacontext.FunctionName,
			"left": time.Until(deadline).Seconds(), "handler": os.Getenv("_HANDLER"), "own": os.Getenv("OWN"),
			"root": os.Getenv("LAMBDA_TASK_ROOT"), "home": os.Getenv("HOME"),
		}, nil
	}
	return map[string]any{"pid": os.Getpid(), "text": o.Text}, nil
}

// fixture is a function running this test binary.
func fixture(t testing.TB, change func(*Config)) (*Function, *logBuffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.Symlink(self, filepath.Join(root, "bootstrap")); err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	launcher := NewLauncher()
	c := Config{
		Name: "fixture", ARN: "arn:aws:lambda:us-east-1:000000000000:function:fixture", Region: "us-east-1",
		Handler: "bootstrap", TaskRoot: root, Env: map[string]string{"UNDER_TEST": "obey", "OWN": "value"},
		MemoryMB: 128, Timeout: 5 * time.Second, Limit: 4, IdleAfter: time.Minute,
		Log: log, Now: time.Now, Launcher: launcher,
	}
	if change != nil {
		change(&c)
	}
	f := New(c)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		f.Close(ctx)
		launcher.Close()
	})
	return f, log
}

type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// invoke runs o and decodes the answer.
func invoke(t *testing.T, f *Function, o order) (map[string]any, string) {
	t.Helper()
	payload, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	result, err := f.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(result.Payload, &out); err != nil {
		t.Fatalf("%s: %v", result.Payload, err)
	}
	return out, result.FunctionError
}

func TestInvocationCarriesLambdasContext(t *testing.T) {
	f, log := fixture(t, nil)
	got, failed := invoke(t, f, order{Do: "context"})
	if failed != "" {
		t.Fatal(got)
	}
	for key, want := range map[string]any{
		"arn": f.ARN, "name": "fixture", "handler": "bootstrap", "own": "value", "root": f.TaskRoot, "home": "",
	} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
	if left := got["left"].(float64); left < 4 || left > 5 {
		t.Errorf("%v s left of a 5 s time-out", left)
	}
	for _, want := range []string{"START RequestId: " + got["id"].(string), "REPORT RequestId: ", "Init Duration: "} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log lacks %q:\n%s", want, log)
		}
	}
}

func TestEnvironmentIsUsedAgain(t *testing.T) {
	f, _ := fixture(t, nil)
	first, _ := invoke(t, f, order{})
	second, _ := invoke(t, f, order{Do: "fail", Text: "once"})
	third, _ := invoke(t, f, order{})
	if second["errorMessage"] != "once" {
		t.Errorf("got %v", second)
	}
	if first["pid"] != third["pid"] {
		t.Errorf("process %v was replaced by %v", first["pid"], third["pid"])
	}
}

func TestIdleEnvironmentIsStopped(t *testing.T) {
	f, _ := fixture(t, func(c *Config) { c.IdleAfter = 10 * time.Millisecond })
	invoke(t, f, order{})
	until(t, "the environment is gone", func() bool { return len(f.environments()) == 0 })
}

func TestFailures(t *testing.T) {
	cases := map[string]struct {
		order      order
		kind, text string
	}{
		"error":    {order{Do: "fail", Text: "no luck"}, "errorString", "no luck"},
		"panic":    {order{Do: "panic", Text: "oh"}, "string", "oh"},
		"exit":     {order{Do: "exit"}, "Runtime.ExitError", "Error: Runtime exited with error: exit status 7"},
		"time-out": {order{Do: "sleep", Delay: time.Minute}, "Sandbox.Timedout", "Error: Task timed out after 1.00 seconds"},
		"too big":  {order{Do: "big"}, "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes)."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, _ := fixture(t, func(f *Config) {
				if c.order.Do == "sleep" {
					f.Timeout = time.Second
				} else {
					f.Timeout = time.Minute // six megabytes take a while on a busy machine
				}
			})
			got, failed := invoke(t, f, c.order)
			if failed != "Unhandled" || got["errorType"] != c.kind || !strings.HasSuffix(got["errorMessage"].(string), c.text) {
				t.Errorf("got %s %v", failed, got)
			}
			again, failed := invoke(t, f, order{Text: "next"})
			if failed != "" || again["text"] != "next" {
				t.Errorf("the next invocation gave %s %v", failed, again)
			}
		})
	}
}

func TestStartFailures(t *testing.T) {
	cases := map[string]struct {
		change func(*Config)
		kind   string
	}{
		"exit at start":       {func(c *Config) { c.Env["UNDER_TEST"] = "refuse" }, "Runtime.ExitError"},
		"no request for work": {func(c *Config) { c.Env["UNDER_TEST"] = "hang" }, "Sandbox.Timedout"},
		"missing binary":      {func(c *Config) { c.TaskRoot = filepath.Join(c.TaskRoot, "none") }, "Runtime.InvalidEntrypoint"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, _ := fixture(t, c.change)
			f.initLimit = 2 * time.Second
			got, failed := invoke(t, f, order{})
			if failed != "Unhandled" || got["errorType"] != c.kind {
				t.Errorf("got %s %v", failed, got)
			}
			if n := len(f.environments()); n != 0 {
				t.Errorf("%d processes are left", n)
			}
		})
	}
}

func TestTimeOutKillsTheProcess(t *testing.T) {
	f, log := fixture(t, func(c *Config) { c.Timeout = 300 * time.Millisecond })
	first, _ := invoke(t, f, order{})
	invoke(t, f, order{Do: "sleep", Delay: time.Hour})
	second, _ := invoke(t, f, order{})
	if first["pid"] == second["pid"] {
		t.Errorf("process %v lives on", first["pid"])
	}
	if !strings.Contains(log.String(), "Task timed out after 0.30 seconds") {
		t.Errorf("log says nothing:\n%s", log)
	}
}

func TestInvocationsBeyondTheLimit(t *testing.T) {
	busy := func(f *Function) {
		payload, _ := json.Marshal(order{Do: "sleep", Delay: 200 * time.Millisecond})
		go func() { _, _ = f.Invoke(context.Background(), payload) }()
		until(t, "the environment is taken", func() bool { return len(f.slots) == 1 })
	}
	t.Run("wait their turn", func(t *testing.T) {
		f, _ := fixture(t, func(c *Config) { c.Limit = 1 })
		busy(f)
		if got, failed := invoke(t, f, order{Text: "second"}); failed != "" || got["text"] != "second" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("are throttled where reserved", func(t *testing.T) {
		f, _ := fixture(t, func(c *Config) { c.Limit, c.Reserved = 1, true })
		busy(f)
		if _, err := f.Invoke(t.Context(), []byte("{}")); !errors.Is(err, ErrThrottled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRequestTooLarge(t *testing.T) {
	f, _ := fixture(t, nil)
	if _, err := f.Invoke(t.Context(), make([]byte, MaxRequest+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("synchronous: %v", err)
	}
	if err := f.InvokeAsync(make([]byte, MaxAsyncRequest+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("asynchronous: %v", err)
	}
}

func TestAsyncInvocationIsRetried(t *testing.T) {
	f, log := fixture(t, func(c *Config) { c.RetryAfter = []time.Duration{time.Millisecond, time.Millisecond} })
	payload, _ := json.Marshal(order{Do: "fail", Text: "again"})
	if err := f.InvokeAsync(payload); err != nil {
		t.Fatal(err)
	}
	until(t, "three attempts", func() bool { return strings.Count(log.String(), "START RequestId") == 3 })
}

func TestCloseLetsRunningWorkFinishAndEndsProcesses(t *testing.T) {
	f, _ := fixture(t, nil)
	payload, _ := json.Marshal(order{Do: "sleep", Delay: 200 * time.Millisecond})
	var finished atomic.Bool
	go func() {
		result, err := f.Invoke(context.Background(), payload)
		finished.Store(err == nil && result.FunctionError == "")
	}()
	until(t, "it runs", func() bool { return len(f.environments()) == 1 })
	f.Close(t.Context())
	until(t, "the answer came", finished.Load)
	if len(f.environments()) != 0 {
		t.Error("a process is left")
	}
	if _, err := f.Invoke(t.Context(), []byte("{}")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestLogKeepsLinesWholeAndRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.log")
	var seen []string
	log, err := OpenLog(path, func(line []byte) { seen = append(seen, string(line)) })
	if err != nil {
		t.Fatal(err)
	}
	out := &lineWriter{to: log}
	for _, part := range []string{"one\ntw", "o\n", "thr", "ee"} {
		if _, err := out.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	out.flush()
	if got := strings.Join(seen, "|"); got != "one|two|three" {
		t.Errorf("lines %s", got)
	}
	log.size = maxLogFile
	if _, err := log.Write([]byte("next file\n")); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path + ".1": "one\ntwo\nthree\n", path: "next file\n"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v)", filepath.Base(name), got, err)
		}
	}
}

// until polls for what a real process does in its own time.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

var silent = slog.New(slog.DiscardHandler)

func BenchmarkWarmInvocation(b *testing.B) {
	f, _ := fixture(b, nil)
	for b.Loop() {
		if _, err := f.Invoke(b.Context(), []byte(`{"Text":"x"}`)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkColdStart(b *testing.B) {
	f, _ := fixture(b, nil)
	for b.Loop() {
		env, err := f.start()
		if err != nil {
			b.Fatal(err)
		}
		f.discard(env)
	}
}
