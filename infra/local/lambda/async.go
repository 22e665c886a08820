package lambda

import (
	"context"
	"errors"
	"time"
)

// DefaultRetries are Lambda's pauses before the second and third attempt at an
// asynchronous invocation.
var DefaultRetries = []time.Duration{time.Minute, 2 * time.Minute}

// InvokeAsync queues an event, as EventBridge Scheduler does, and returns at
// once. A failing function is tried again after each pause of RetryAfter; what
// fails to the end is in its log. Waiting events do not outlive Close.
func (f *Function) InvokeAsync(payload []byte) error {
	if len(payload) > MaxAsyncRequest {
		return ErrTooLarge
	}
	if !f.begin() {
		return ErrClosed
	}
	go func() {
		defer f.running.Done()
		f.attempt(f.life, payload)
	}()
	return nil
}

func (f *Function) attempt(ctx context.Context, payload []byte) {
	for try := 0; ; try++ {
		result, err := f.Invoke(ctx, payload)
		if err == nil && result.FunctionError == "" {
			return
		}
		if errors.Is(err, context.Canceled) || errors.Is(err, ErrClosed) || try == len(f.RetryAfter) {
			return
		}
		select {
		case <-time.After(f.RetryAfter[try]):
		case <-ctx.Done():
			return
		}
	}
}
