package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const coldStarts = 15

// functions measures each function's size and its time from exec to asking for
// its first event, as Lambda's runtime API sees it.
func functions(ctx context.Context, r *report) error {
	binaries, err := filepath.Glob("bin/*Function/bootstrap")
	if err != nil || len(binaries) == 0 {
		return fmt.Errorf("no functions in bin/: run make build")
	}
	for _, binary := range binaries {
		name := strings.TrimSuffix(filepath.Base(filepath.Dir(binary)), "Function")
		info, err := os.Stat(binary)
		if err != nil {
			return err
		}
		r.add(figure{Name: "size " + name, Value: float64(info.Size()) / 1e6, Unit: "MB", Goal: "≤ 15"})
		times := make([]time.Duration, coldStarts)
		for i := range times {
			if times[i], err = coldStart(ctx, binary); err != nil {
				return fmt.Errorf("starting %s: %w", name, err)
			}
		}
		sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
		r.add(figure{Name: "cold start " + name, Value: float64(times[coldStarts/2].Microseconds()) / 1000, Unit: "ms", Goal: "< 60", Note: "median of 15, exec to first event"})
	}
	return nil
}

func coldStart(ctx context.Context, binary string) (time.Duration, error) {
	asked := make(chan time.Time, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invocation/next") {
			select {
			case asked <- time.Now():
			default:
			}
		}
		<-r.Context().Done()
	})}
	go func() { _ = server.Serve(l) }() // ends with Close
	defer func() { _ = server.Close() }()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String(), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"TABLE=t", "BUCKET=b", "KEY_ID=k", "QUEUE_FETCH=q", "QUEUE_TRIAGE=q", "QUEUE_DRAFT=q", "QUEUE_SEND=q", "QUEUE_PURGE=q", "QUEUE_EXPORT=q", "AI_MODEL=bedrock", "AI_EMBEDDINGS=off", "AI_MONTHLY_BUDGET=10",
		"USER_POOL=p", "OWNER_EMAIL=o", "LAMBDA_TASK_ROOT=" + filepath.Dir(binary), "ISSUER=http://localhost", "CLIENT_ID=c", "AWS_LAMBDA_FUNCTION_NAME=bench",
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	select {
	case at := <-asked:
		return at.Sub(begun), nil
	case <-time.After(10 * time.Second):
		return 0, fmt.Errorf("no event was asked for within 10 s")
	}
}
