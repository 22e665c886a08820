// Package cloud runs Quilldesk's template on one machine: it opens the embedded
// services on loopback, makes the tables, buckets, queues and keys the template
// describes, runs its functions with their triggers and serves its HTTP API.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/template"
)

// What stands for an AWS account here.
const (
	region    = "us-east-1"
	account   = "000000000000"
	stackName = "quilldesk-local"
)

// drainTime is how long running functions may go on after Ctrl-C.
const drainTime = 3 * time.Second

// Options say what to run and where.
type Options struct {
	Template string // path of template.yaml
	Bin      string // folder with one folder per function, each with a bootstrap
	Data     string // folder of all state
	Addr     string // host:port people use, on loopback
	AI       string // the template's AIModel
	Verbose  bool   // whether functions' warnings go to Err
	Out, Err io.Writer
	Now      func() time.Time
}

// system is everything that runs. close undoes open step by step.
type system struct {
	options Options
	log     *slog.Logger
	ports   *ports
	keys    keyPair
	clients clients
	model   *template.Model
	base    string // http://host:port people use
	closers []func(context.Context) error
}

// Run starts the system, prints one line when it is ready and runs until ctx
// ends. Then it ends everything it started.
func Run(ctx context.Context, o Options) (err error) {
	begun := o.Now()
	s := &system{options: o, log: slog.New(slog.NewTextHandler(o.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // ended while starting
		}
		return err
	}
	fmt.Fprintf(o.Out, "Quilldesk is ready at %s (in %.1f s) — sign in as any demo person\n", s.base, o.Now().Sub(begun).Seconds())
	<-ctx.Done()
	return nil
}

// onClose adds a step that close takes, last one first.
func (s *system) onClose(step func(context.Context) error) { s.closers = append(s.closers, step) }

func (s *system) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i](ctx))
	}
	return errors.Join(errs...)
}

// open starts everything, cheapest checks first.
func (s *system) open(ctx context.Context) error {
	front, err := s.prepare()
	if err != nil {
		return err
	}
	if err := s.openServices(); err != nil {
		return err
	}
	if err := s.readTemplate(ctx); err != nil {
		return err
	}
	if err := checkBinaries(s.options.Bin, s.model.Functions); err != nil {
		return err
	}
	sides, err := s.openSides(ctx)
	if err != nil {
		return err
	}
	env, err := s.environment(sides.mail)
	if err != nil {
		return err
	}
	return s.run(ctx, front, sides, env)
}

// prepare claims the data folder and the address before anything is started.
func (s *system) prepare() (net.Listener, error) {
	o := &s.options
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	data, err := filepath.Abs(o.Data)
	if err != nil {
		return nil, fmt.Errorf("finding the data folder: %w", err)
	}
	o.Data = data
	lock, err := lockData(o.Data)
	if err != nil {
		return nil, err
	}
	s.onClose(func(context.Context) error { return lock.Close() })
	front, err := listenFront(o.Addr)
	if err != nil {
		return nil, err
	}
	s.base = "http://" + front.Addr().String()
	s.onClose(func(context.Context) error { _ = front.Close(); return nil }) // usually closed by its server
	if s.keys, err = openKeyPair(o.Data); err != nil {
		return nil, err
	}
	s.ports, err = openPorts(o.Data)
	return front, err
}

// readTemplate loads the template with the addresses of what is running.
func (s *system) readTemplate(ctx context.Context) error {
	var err error
	s.model, err = template.Load(s.options.Template, template.Options{
		StackName: stackName, Region: region, Account: account,
		Parameters: map[string]string{
			"OwnerEmail":            ownerEmail,
			"AIModel":               s.options.AI,
			"AllowPrivateHosts":     "true", // the demo mail server is on loopback
			"AllowNewOrganisations": "true",
			"MicrosoftClientId":     mailClientID,
			"MicrosoftAuthority":    s.ports.url("mailoauth") + "/common",
		},
		Attributes: func(r template.Resource, attribute string) (string, error) {
			return s.attribute(ctx, r, attribute)
		},
	})
	return err
}

// attribute gives what a resource's name alone does not tell.
func (s *system) attribute(ctx context.Context, r template.Resource, attribute string) (string, error) {
	switch r.Type + "." + attribute {
	case "AWS::SQS::Queue.Ref", "AWS::SQS::Queue.QueueUrl":
		return s.queueURL(r.Name), nil
	case "AWS::KMS::Key.Arn":
		return s.clients.key(ctx, r.Name)
	case "AWS::KMS::Key.Ref", "AWS::KMS::Key.KeyId":
		arn, err := s.clients.key(ctx, r.Name)
		return arn[strings.LastIndexByte(arn, '/')+1:], err
	case "AWS::Cognito::UserPool.ProviderURL":
		return s.ports.url("signin") + "/" + r.Name, nil
	case "AWS::ApiGatewayV2::Api.ApiEndpoint":
		return s.base, nil
	}
	return "", nil
}

func (s *system) queueURL(name string) string {
	return s.ports.url("sqs") + "/" + account + "/" + name
}

// run provisions, starts the functions and opens the front.
func (s *system) run(ctx context.Context, front net.Listener, sides *sides, env map[string]string) error {
	if err := s.clients.provision(ctx, s.model); err != nil {
		return err
	}
	runner, err := newRunner(s.options, s.model, env)
	if err != nil {
		return err
	}
	s.onClose(runner.close)
	handler, err := newFront(s.options, s.model, runner, s.log)
	if err != nil {
		return err
	}
	s.serve(front, localOnly(handler))
	if err := runner.start(ctx, s.options, s.model, s.clients.sqs, s.queueURL, s.log); err != nil {
		return err
	}
	if err := s.seed(ctx, sides); err != nil {
		// The product runs all the same, with an empty inbox.
		s.log.Warn("demo", "err", err)
	}
	return s.announce(sides)
}

func (s *system) seed(ctx context.Context, sides *sides) error {
	token, err := sides.signIn.Token(ownerEmail, time.Hour)
	if err != nil {
		return err
	}
	seeder := &seeder{api: s.base + "/api", token: token, client: loopbackClient()}
	if err := seeder.seedOnce(ctx, s.options.Data, people(), sides.mail); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		if err := seeder.deliverRecent(ctx, sides.mail); err != nil && ctx.Err() == nil {
			s.log.Warn("demo", "err", err)
		}
	}()
	s.onClose(func(context.Context) error { stop(); <-delivered; return nil })
	return nil
}

// serve answers on a listener until close.
func (s *system) serve(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("server stopped", "addr", l.Addr().String(), "err", err)
		}
	}()
	s.onClose(func(ctx context.Context) error {
		if err := server.Shutdown(ctx); err != nil {
			return server.Close() // long polls end here
		}
		return nil
	})
}
