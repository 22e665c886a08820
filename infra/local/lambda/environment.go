package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// invocation is one run of a function.
type invocation struct {
	id       string
	trace    string
	payload  []byte
	deadline time.Time   // from the moment it is handed out
	result   chan Result // filled by the Runtime API
	reply    chan Result // read by the caller, if it still waits
}

func (f *Function) newInvocation(payload []byte) *invocation {
	id := newID()
	root := fmt.Sprintf("%08x-%s", f.Now().Unix(), newID()[:8]+newID()[:4]+newID()[24:])
	return &invocation{
		id:      id,
		trace:   "Root=1-" + root + ";Parent=" + newID()[:8] + newID()[:8] + ";Sampled=0",
		payload: payload,
		result:  make(chan Result, 1),
		reply:   make(chan Result, 1),
	}
}

// environment is one process with its Runtime API.
type environment struct {
	f      *Function
	cmd    *exec.Cmd
	out    *lineWriter
	server *http.Server
	expiry *time.Timer // set while idle, guarded by f.mu

	idle chan struct{}    // a token each time the process asks for work
	work chan *invocation // what it is given
	dead chan struct{}    // closed when the process has ended

	mu        sync.Mutex
	current   *invocation
	initError []byte // what the process said before its first request for work
	exit      error  // why it ended; valid once dead is closed
}

// startError is a failure before the first invocation, with Lambda's name for it.
type startError struct {
	kind    string
	message string
	payload []byte // the runtime's own account, if it gave one
}

func (e *startError) Error() string { return e.kind + ": " + e.message }

// start brings up an environment and waits until it asks for work.
func (f *Function) start() (*environment, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a Runtime API: %w", err)
	}
	env := &environment{
		f:    f,
		idle: make(chan struct{}, 1),
		work: make(chan *invocation),
		dead: make(chan struct{}),
	}
	env.server = &http.Server{Handler: env.api(), ReadHeaderTimeout: initLimit}
	go func() { _ = env.server.Serve(listener) }() // ends with kill or watch
	env.out = &lineWriter{to: f.Log}
	env.cmd = f.command(listener.Addr().String(), env.out)
	if err := f.adopt(env); err != nil {
		_ = env.server.Close()
		return nil, err
	}
	go env.watch()
	return env, env.awaitReady()
}

// adopt starts the process and registers it, so that Close finds it.
func (f *Function) adopt(env *environment) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	if err := f.Launcher.start(env.cmd); err != nil {
		return &startError{kind: "Runtime.InvalidEntrypoint", message: err.Error()}
	}
	f.all[env] = true
	return nil
}

func (f *Function) command(api string, out io.Writer) *exec.Cmd {
	cmd := exec.Command(filepath.Join(f.TaskRoot, "bootstrap"))
	cmd.Dir = f.TaskRoot
	cmd.Env = f.environ(api)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second
	return cmd
}

// environ lists the variables of
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
// on top of the function's own.
func (f *Function) environ(api string) []string {
	vars := map[string]string{
		"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC",
	}
	for key, value := range f.Env {
		vars[key] = value
	}
	for key, value := range map[string]string{
		"_HANDLER":                        f.Handler,
		"AWS_REGION":                      f.Region,
		"AWS_DEFAULT_REGION":              f.Region,
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      f.Now().UTC().Format("2006/01/02") + "/[$LATEST]" + newID()[:8],
		"AWS_LAMBDA_RUNTIME_API":          api,
		"LAMBDA_TASK_ROOT":                f.TaskRoot,
		"LAMBDA_RUNTIME_DIR":              f.TaskRoot,
	} {
		vars[key] = value
	}
	var out []string
	for key, value := range vars {
		out = append(out, key+"="+value)
	}
	return out
}

// awaitReady waits for the first request for work and disposes of an
// environment that never makes it.
func (e *environment) awaitReady() error {
	timer := time.NewTimer(e.f.initLimit)
	defer timer.Stop()
	select {
	case <-e.idle:
		return nil
	case <-e.dead:
		e.f.discard(e)
		return e.startFault()
	case <-timer.C:
		e.f.discard(e)
		e.f.logf("INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: timeout", milliseconds(e.f.initLimit))
		return &startError{kind: "Sandbox.Timedout", message: fmt.Sprintf("Task timed out after %.2f seconds", e.f.initLimit.Seconds())}
	}
}

func (e *environment) startFault() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &startError{kind: "Runtime.ExitError", message: exitText(e.exit), payload: e.initError}
}

// watch collects the process when it ends.
func (e *environment) watch() {
	err := e.cmd.Wait()
	e.out.flush()
	e.mu.Lock()
	e.exit = err
	e.mu.Unlock()
	close(e.dead)
	_ = e.server.Close()
}

func (e *environment) exited() bool {
	select {
	case <-e.dead:
		return true
	default:
		return false
	}
}

// kill ends the process and everything it started, and waits for its end.
func (e *environment) kill() {
	if !e.exited() {
		killGroup(e.cmd.Process)
	}
	<-e.dead
}

// serve hands an invocation to the process and waits for its answer, its end
// or the deadline.
func (e *environment) serve(inv *invocation) Result {
	e.mu.Lock()
	e.current = inv
	e.mu.Unlock()
	timer := time.NewTimer(inv.deadline.Sub(e.f.Now()))
	defer timer.Stop()
	work := e.work
	for {
		select {
		case work <- inv:
			work = nil // handed over
		case result := <-inv.result:
			return result
		case <-e.dead:
			return e.crashed(inv)
		case <-timer.C:
			return e.timedOut(inv)
		}
	}
}

// crashed prefers an answer that was given just before the end.
func (e *environment) crashed(inv *invocation) Result {
	select {
	case result := <-inv.result:
		return result
	default:
	}
	e.mu.Lock()
	text := exitText(e.exit)
	e.mu.Unlock()
	e.f.logf("RequestId: %s Error: %s\nRuntime.ExitError", inv.id, text)
	return failure("Runtime.ExitError", fmt.Sprintf("RequestId: %s Error: %s", inv.id, text))
}

func (e *environment) timedOut(inv *invocation) Result {
	e.kill()
	text := fmt.Sprintf("Task timed out after %.2f seconds", e.f.Timeout.Seconds())
	e.f.logf("%s %s %s\n", e.f.Now().UTC().Format("2006-01-02T15:04:05.000Z"), inv.id, text)
	return failure("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: %s", inv.id, text))
}

// settle waits until the process asks for work again, which is when Lambda
// counts an invocation as over; false if it ended or took too long.
func (e *environment) settle(left time.Duration) bool {
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-e.idle:
		return true
	case <-e.dead:
		return false
	case <-timer.C:
		return false
	}
}

// exitText words a process's end as Lambda does.
func exitText(err error) string {
	if err == nil {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + err.Error()
}

// failure makes the result Lambda gives in the function's place.
func failure(kind, message string) Result {
	payload, _ := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message}) // strings always marshal
	return Result{Payload: payload, FunctionError: "Unhandled"}
}

// errorPayload describes a failed start.
func errorPayload(err error, id string) []byte {
	var fault *startError
	if !errors.As(err, &fault) {
		fault = &startError{kind: "Sandbox.Failure", message: err.Error()}
	}
	if fault.payload != nil {
		return fault.payload
	}
	return failure(fault.kind, fmt.Sprintf("RequestId: %s Error: %s", id, fault.message)).Payload
}
