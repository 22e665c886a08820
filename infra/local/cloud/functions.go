package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/quilldesk/quilldesk/infra/local/lambda"
	"github.com/quilldesk/quilldesk/infra/local/schedule"
	"github.com/quilldesk/quilldesk/infra/local/template"
)

const (
	// environmentsPerFunction bounds how many processes of one function run at
	// once on one machine, whatever its maximum concurrency in AWS.
	environmentsPerFunction = 8
	// idleEnvironment is how long an unused process is kept, as in Lambda about
	// as long as a pause in use lasts.
	idleEnvironment = 5 * time.Minute
	// scheduleSpeed makes rate(1 minute) fire every two seconds, so that mail
	// shows up within five.
	scheduleSpeed = 30
)

// runner holds the functions and what triggers them.
type runner struct {
	functions map[string]*lambda.Function // by ARN
	logs      []io.Closer
	launcher  *lambda.Launcher

	stop     context.CancelFunc // ends mappings and schedules
	triggers sync.WaitGroup
}

// checkBinaries names the functions that were not built.
func checkBinaries(bin string, functions []template.Function) error {
	var missing []string
	for _, f := range functions {
		if _, err := os.Stat(filepath.Join(bin, f.LogicalID, "bootstrap")); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, f.LogicalID)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s not built yet; run: make build", strings.Join(missing, ", "))
	}
	return nil
}

// newRunner prepares every function of the model; processes start on demand.
func newRunner(o Options, model *template.Model, env map[string]string) (*runner, error) {
	r := &runner{functions: map[string]*lambda.Function{}, launcher: lambda.NewLauncher(), stop: func() {}}
	logs := filepath.Join(o.Data, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, fmt.Errorf("making the log folder: %w", err)
	}
	for _, f := range model.Functions {
		log, err := lambda.OpenLog(filepath.Join(logs, f.LogicalID+".log"), warnings(o, f.LogicalID))
		if err != nil {
			return nil, errors.Join(err, r.close(context.Background()))
		}
		r.logs = append(r.logs, log)
		root, err := filepath.Abs(filepath.Join(o.Bin, f.LogicalID))
		if err != nil {
			return nil, errors.Join(err, r.close(context.Background()))
		}
		r.functions[f.ARN] = lambda.New(lambda.Config{
			Name: f.Name, ARN: f.ARN, Region: region, Handler: f.Handler, TaskRoot: root,
			Env: environment(env, f), MemoryMB: f.MemoryMB, Timeout: f.Timeout,
			Limit: limit(f), Reserved: f.Reserved > 0, IdleAfter: idleEnvironment,
			RetryAfter: lambda.DefaultRetries, Log: log, Now: o.Now, Launcher: r.launcher,
		})
	}
	return r, nil
}

func limit(f template.Function) int {
	if f.Reserved > 0 {
		return f.Reserved
	}
	return environmentsPerFunction
}

// environment lays the template's variables over those every function gets.
func environment(common map[string]string, f template.Function) map[string]string {
	env := maps.Clone(common)
	maps.Copy(env, f.Environment)
	return env
}

// warnings copies what needs a look from a function's log to the console.
func warnings(o Options, function string) func(line []byte) {
	if !o.Verbose {
		return nil
	}
	return func(line []byte) {
		if needsALook(line) {
			fmt.Fprintf(o.Err, "%s: %s\n", function, line)
		}
	}
}

// platformLines begin Lambda's own log lines about runs that went well.
var platformLines = [][]byte{[]byte("START "), []byte("END "), []byte("REPORT ")}

// needsALook is true for records of level warning and above, and for whatever is
// no record at all, such as a panic.
func needsALook(line []byte) bool {
	for _, prefix := range platformLines {
		if bytes.HasPrefix(line, prefix) {
			return false
		}
	}
	var record struct{ Level string }
	if json.Unmarshal(line, &record) != nil {
		return len(bytes.TrimSpace(line)) > 0
	}
	var level slog.Level
	return level.UnmarshalText([]byte(record.Level)) == nil && level >= slog.LevelWarn
}

// start begins to feed the functions from queues and schedules.
func (r *runner) start(ctx context.Context, o Options, model *template.Model, queue lambda.Queue, queueURL func(name string) string, log *slog.Logger) error {
	schedules, err := r.schedules(model)
	if err != nil {
		return err
	}
	ctx, r.stop = context.WithCancel(ctx)
	scheduler := &schedule.Scheduler{Speed: scheduleSpeed, Region: region, Account: account, NewID: uuid.NewString, Now: o.Now, Log: log}
	r.triggers.Go(func() { scheduler.Run(ctx, schedules) })
	for _, f := range model.Functions {
		for _, event := range f.Queues {
			name := event.QueueARN[strings.LastIndexByte(event.QueueARN, ':')+1:]
			mapping := &lambda.Mapping{
				Queue: queue, QueueURL: queueURL(name), QueueARN: event.QueueARN, Region: region,
				Function: r.functions[f.ARN], BatchSize: event.BatchSize, Window: event.Window,
				MaxConcurrency: concurrency(event, limit(f)), PartialFailures: event.PartialFailures, Log: log, Now: o.Now,
			}
			r.triggers.Go(func() { mapping.Run(ctx) })
		}
	}
	return nil
}

func concurrency(event template.QueueEvent, limit int) int {
	if event.MaxConcurrency == 0 {
		return limit
	}
	return min(event.MaxConcurrency, limit)
}

func (r *runner) schedules(model *template.Model) ([]schedule.Schedule, error) {
	var out []schedule.Schedule
	for _, f := range model.Functions {
		for _, event := range f.Schedules {
			zone, err := time.LoadLocation(event.Timezone)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", event.Position, err)
			}
			expression, err := schedule.Parse(event.Expression, zone)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", event.Position, err)
			}
			out = append(out, schedule.Schedule{
				ARN: event.ARN, Expression: expression, Input: event.Input, Target: r.functions[f.ARN].InvokeAsync,
			})
		}
	}
	return out, nil
}

// close stops the triggers, lets running functions finish until ctx ends and
// then ends every process.
func (r *runner) close(ctx context.Context) error {
	r.stop()
	var all sync.WaitGroup
	for _, f := range r.functions {
		all.Go(func() { f.Close(ctx) })
	}
	all.Wait()
	r.triggers.Wait() // their last batches ended with the functions
	r.launcher.Close()
	var errs []error
	for _, log := range r.logs {
		errs = append(errs, log.Close())
	}
	return errors.Join(errs...)
}
