package cloud

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/infra/local/demomail"
	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
	"github.com/quilldesk/quilldesk/infra/local/kms"
	"github.com/quilldesk/quilldesk/infra/local/mailoauth"
	"github.com/quilldesk/quilldesk/infra/local/oidc"
	"github.com/quilldesk/quilldesk/infra/local/s3"
	"github.com/quilldesk/quilldesk/infra/local/sqs"
)

// service is an embedded AWS service.
type service interface {
	io.Closer
	Handler() http.Handler
}

// services lists what is opened before the template is read, by the name that
// its port and `services` use.
func (s *system) services() map[string]func() (service, error) {
	now := s.options.Now
	below := func(name string) string { return filepath.Join(s.options.Data, name) }
	return map[string]func() (service, error){
		"dynamodb": func() (service, error) {
			return dynamodb.Open(below("dynamodb.db"), dynamodb.Options{Now: now})
		},
		"sqs": func() (service, error) {
			return sqs.Open(below("sqs.db"), sqs.Options{Region: region, Now: now})
		},
		"s3": func() (service, error) {
			return s3.Open(below("s3"), s3.Options{Region: region, AccessKeyID: s.keys.AccessKeyID, SecretAccessKey: s.keys.SecretAccessKey, Now: now})
		},
		"kms": func() (service, error) {
			return kms.Open(below("kms"), kms.Options{Region: region, Now: now})
		},
		"bedrock": func() (service, error) {
			model, err := modelBehind(s.options.AI)
			if err != nil {
				return nil, err
			}
			return converse.New(model, now), nil
		},
	}
}

// signsItself marks services that verify signatures themselves and take them
// in URLs too.
var signsItself = map[string]bool{"s3": true}

// openServices opens all of them at once and serves each on its port.
func (s *system) openServices() error {
	opened := map[string]*service{}
	var all errgroup.Group
	for id, open := range s.services() {
		slot := new(service)
		opened[id] = slot
		all.Go(func() error {
			one, err := open()
			if err != nil {
				return fmt.Errorf("opening %s: %w", id, err)
			}
			*slot = one
			return nil
		})
	}
	failed := all.Wait()
	for id, slot := range opened {
		if *slot == nil {
			continue
		}
		s.onClose(func(context.Context) error { return (*slot).Close() })
		if failed == nil {
			failed = s.serveService(id, (*slot).Handler())
		}
	}
	for _, id := range []string{"signin", "mailoauth", "imap", "smtp", "control"} {
		if failed == nil {
			failed = s.ports.choose(id)
		}
	}
	if failed != nil {
		return failed
	}
	s.clients = newClients(s.ports.url, s.keys)
	return s.ports.save()
}

func (s *system) serveService(id string, h http.Handler) error {
	l, err := s.ports.listen(id)
	if err != nil {
		return err
	}
	if !signsItself[id] {
		h = keyed(s.keys.AccessKeyID, h)
	}
	s.serve(l, localOnly(h))
	return nil
}

// sides are the services that depend on the template.
type sides struct {
	signIn *oidc.Server
	mail   *demomail.Server
}

// openSides starts sign-in and demo mail.
func (s *system) openSides(ctx context.Context) (*sides, error) {
	tokens, err := s.openMailOAuth()
	if err != nil {
		return nil, err
	}
	var out sides
	var all errgroup.Group
	all.Go(func() (err error) { out.signIn, err = s.openSignIn(); return err })
	all.Go(func() (err error) { out.mail, err = s.openMail(ctx, tokens); return err })
	err = all.Wait()
	if out.signIn != nil {
		s.onClose(func(context.Context) error { return out.signIn.Close() })
	}
	if out.mail != nil {
		s.onClose(func(context.Context) error { return out.mail.Close() })
	}
	if err != nil {
		return nil, err
	}
	l, err := s.ports.listen("signin")
	if err != nil {
		return nil, err
	}
	s.serve(l, localOnly(s.signInHandler(out.signIn)))
	return &out, nil
}

func (s *system) openSignIn() (*oidc.Server, error) {
	if len(s.model.Pools) != 1 || len(s.model.Pools[0].Clients) != 1 {
		return nil, fmt.Errorf("one machine signs in to one user pool with one client; the template has another number")
	}
	pool := s.model.Pools[0]
	client := pool.Clients[0]
	var redirects []string
	for _, address := range append(client.CallbackURLs, client.LogoutURLs...) {
		redirects = append(redirects, s.localAddress(address))
	}
	server, err := oidc.Open(oidc.Config{
		Issuer: s.ports.url("signin") + "/" + pool.ID, ClientID: client.ID, RedirectURIs: redirects,
		People: people(), StateFile: filepath.Join(s.options.Data, "signin.json"), Now: s.options.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("opening sign-in: %w", err)
	}
	return server, nil
}

// localAddress puts the local address for API Gateway's, which templates write
// out where an API cannot be asked for its endpoint.
func (s *system) localAddress(address string) string {
	for _, api := range s.model.APIs {
		address = strings.Replace(address, "https://"+api.ID+".execute-api."+region+".amazonaws.com", s.base, 1)
	}
	return address
}

// signInHandler asks for the access key where the pool is administered.
func (s *system) signInHandler(server *oidc.Server) http.Handler {
	open, admin := server.Handler(), keyed(s.keys.AccessKeyID, server.Handler())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			admin.ServeHTTP(w, r)
			return
		}
		open.ServeHTTP(w, r)
	})
}

// openMailOAuth serves the sign-in of demo mailboxes, which plays Microsoft.
func (s *system) openMailOAuth() (*mailoauth.Server, error) {
	server, err := mailoauth.Open(mailoauth.Config{
		ClientID: mailClientID, People: mailPeople, StateFile: filepath.Join(s.options.Data, "mailoauth.json"), Now: s.options.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the mailboxes' sign-in: %w", err)
	}
	l, err := s.ports.listen("mailoauth")
	if err != nil {
		return nil, err
	}
	s.serve(l, localOnly(server.Handler()))
	return server, nil
}

// How lively the demo mail server is.
const (
	arrivals   = 45 * time.Second
	replyDelay = 20 * time.Second
	// held keeps young mail back until the mailbox is bound: response clocks run
	// for what comes after that only.
	held = 3 * 24 * time.Hour
)

func (s *system) openMail(ctx context.Context, tokens *mailoauth.Server) (*demomail.Server, error) {
	server, err := demomail.Start(context.WithoutCancel(ctx), demomail.Config{
		IMAPAddr: s.ports.address("imap"), SMTPAddr: s.ports.address("smtp"),
		Dir: filepath.Join(s.options.Data, "demomail"), Now: s.options.Now,
		Arrivals: arrivals, ReplyDelay: replyDelay, Held: held, Token: tokens.Address, Log: s.log,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the demo mail server: %w", err)
	}
	return server, nil
}

// environment is what every function finds in its environment: the SDK's own
// variables, which point it at the services here, and whom to trust.
func (s *system) environment(mail *demomail.Server) (map[string]string, error) {
	trust, err := trustDemo(s.options.Data, os.Getenv("SSL_CERT_FILE"), mail.CAPath())
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"AWS_ACCESS_KEY_ID":                          s.keys.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":                      s.keys.SecretAccessKey,
		"AWS_ENDPOINT_URL_DYNAMODB":                  s.ports.url("dynamodb"),
		"AWS_ENDPOINT_URL_SQS":                       s.ports.url("sqs"),
		"AWS_ENDPOINT_URL_S3":                        s.ports.url("s3"),
		"AWS_ENDPOINT_URL_KMS":                       s.ports.url("kms"),
		"AWS_ENDPOINT_URL_BEDROCK_RUNTIME":           s.ports.url("bedrock"),
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": s.ports.url("signin"),
		"SSL_CERT_FILE":                              trust,
	}, nil
}
