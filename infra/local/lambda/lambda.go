// Package lambda runs real Lambda binaries on one machine: each execution
// environment is a child process that talks to its own Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), is started
// on demand, used for one invocation at a time, kept while it is in use and
// killed at the function's time-out, with the limits and error texts of Lambda.
//
// Not played: the memory limit, freezing between invocations and the second
// attempt at a slow start, which here fails after its first ten seconds.
package lambda

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Lambda's documented limits.
const (
	MaxRequest      = 6291456 // bytes of a synchronous request payload
	MaxResponse     = 6291556 // bytes of a response payload: 100 more than a request
	MaxAsyncRequest = 1048576 // bytes of an asynchronous request payload
	initLimit       = 10 * time.Second

	// settleGrace is how long a result may be held back until its environment is
	// free again, so that a caller's next request finds it instead of starting
	// another. It is usually free within a tenth of a millisecond.
	settleGrace = 10 * time.Millisecond
)

// Errors of Invoke that are not the function's own.
var (
	ErrTooLarge  = errors.New("request payload is larger than Lambda takes")
	ErrThrottled = errors.New("rate exceeded: every reserved environment is busy")
	ErrClosed    = errors.New("function is shut down")
)

// Config describes one function.
type Config struct {
	Name    string
	ARN     string
	Region  string
	Handler string
	// TaskRoot holds the executable bootstrap and whatever is shipped with it.
	TaskRoot string
	// Env is the complete environment apart from the variables Lambda sets itself.
	Env      map[string]string
	MemoryMB int
	Timeout  time.Duration
	// Limit is how many environments may run at once. Beyond it, invocations
	// wait their turn, or are throttled if Reserved is set.
	Limit    int
	Reserved bool
	// IdleAfter is how long an unused environment is kept.
	IdleAfter time.Duration
	// RetryAfter holds the pauses before an asynchronous invocation is retried.
	RetryAfter []time.Duration
	Log        io.Writer // receives whole lines; must be safe for concurrent use
	Now        func() time.Time
	Launcher   *Launcher
}

// Result is what an invocation gave. FunctionError is "Unhandled" when Payload
// describes an error, as in Lambda's X-Amz-Function-Error header.
type Result struct {
	Payload       []byte
	FunctionError string
}

// Function is one Lambda function with its environments.
type Function struct {
	Config
	slots     chan struct{} // one token per environment that may be busy
	initLimit time.Duration

	mu     sync.Mutex
	idle   []*environment // most recently used last
	all    map[*environment]bool
	closed bool

	running sync.WaitGroup
	stop    context.CancelFunc // ends waiting retries
	life    context.Context
}

// New prepares a function; its first environment starts at the first invocation.
func New(c Config) *Function {
	f := &Function{Config: c, slots: make(chan struct{}, c.Limit), initLimit: initLimit, all: map[*environment]bool{}}
	f.life, f.stop = context.WithCancel(context.Background())
	return f
}

// Invoke runs the function once and returns its result. The error is one of
// ErrTooLarge, ErrThrottled, ErrClosed or that of ctx; a failing function is a
// Result with FunctionError set. As in Lambda, an invocation that has begun goes
// on when the caller no longer waits.
func (f *Function) Invoke(ctx context.Context, payload []byte) (Result, error) {
	if len(payload) > MaxRequest {
		return Result{}, ErrTooLarge
	}
	if err := f.takeSlot(ctx); err != nil {
		return Result{}, err
	}
	inv := f.newInvocation(payload)
	if !f.begin() {
		<-f.slots
		return Result{}, ErrClosed
	}
	go func() {
		defer f.running.Done()
		defer func() { <-f.slots }()
		f.run(inv)
	}()
	select {
	case result := <-inv.reply:
		return result, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// begin counts an invocation in, unless the function is closing.
func (f *Function) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.running.Add(1)
	return true
}

func (f *Function) takeSlot(ctx context.Context) error {
	select {
	case f.slots <- struct{}{}:
		return nil
	default:
	}
	if f.Reserved {
		return ErrThrottled
	}
	select {
	case f.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-f.life.Done():
		return ErrClosed
	}
}

// run serves one invocation from start to the moment its environment is free.
func (f *Function) run(inv *invocation) {
	env, started, err := f.environment()
	if err != nil {
		inv.reply <- Result{Payload: errorPayload(err, inv.id), FunctionError: "Unhandled"}
		return
	}
	begun := f.Now()
	inv.deadline = begun.Add(f.Timeout)
	f.logf("START RequestId: %s Version: $LATEST", inv.id)
	result := env.serve(inv)
	f.report(inv, f.Now().Sub(begun), started)
	slow := time.AfterFunc(settleGrace, func() { inv.reply <- result })
	if env.settle(inv.deadline.Sub(f.Now())) {
		f.park(env)
	} else {
		f.discard(env)
	}
	if slow.Stop() {
		inv.reply <- result
	}
}

// report logs an invocation's end in Lambda's format.
func (f *Function) report(inv *invocation, spent, started time.Duration) {
	line := fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tMemory Size: %d MB", inv.id, milliseconds(spent), f.MemoryMB)
	if started > 0 {
		line += fmt.Sprintf("\tInit Duration: %.2f ms", milliseconds(started))
	}
	f.logf("END RequestId: %s\n%s", inv.id, line)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// environment takes an idle environment or starts one, in which case it also
// returns how long the start took.
func (f *Function) environment() (*environment, time.Duration, error) {
	for {
		env := f.takeIdle()
		if env == nil {
			break
		}
		if !env.exited() {
			return env, 0, nil
		}
		f.discard(env)
	}
	begun := f.Now()
	env, err := f.start()
	return env, f.Now().Sub(begun), err
}

func (f *Function) takeIdle() *environment {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.idle) == 0 {
		return nil
	}
	env := f.idle[len(f.idle)-1]
	f.idle = f.idle[:len(f.idle)-1]
	env.expiry.Stop()
	return env
}

// park keeps a free environment for the next invocation, for a while.
func (f *Function) park(env *environment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, env)
	env.expiry = time.AfterFunc(f.IdleAfter, func() { f.expire(env) })
}

func (f *Function) expire(env *environment) {
	f.mu.Lock()
	for i, candidate := range f.idle {
		if candidate == env {
			f.idle = append(f.idle[:i], f.idle[i+1:]...)
			f.mu.Unlock()
			f.discard(env)
			return
		}
	}
	f.mu.Unlock() // it was taken in the meantime
}

func (f *Function) discard(env *environment) {
	env.kill()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.all, env)
}

// Close lets running invocations finish until ctx ends, then ends every process.
func (f *Function) Close(ctx context.Context) {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stop()
	finished := make(chan struct{})
	go func() { f.running.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-ctx.Done():
	}
	for _, env := range f.environments() {
		f.discard(env)
	}
	<-finished // a killed environment ends its invocation at once
}

func (f *Function) environments() []*environment {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*environment
	for env := range f.all {
		out = append(out, env)
	}
	return out
}

func (f *Function) logf(format string, args ...any) {
	fmt.Fprintf(f.Log, format+"\n", args...)
}

// newID makes a random UUID, the shape of Lambda's request ids.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
