package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/model"
	"github.com/quilldesk/quilldesk/internal/offline"
	"github.com/quilldesk/quilldesk/internal/openai"
)

// patience bounds one task of a real model.
const patience = time.Minute

// runner runs the parts of an evaluation.
type runner struct {
	assistant assist.Assistant
	engine    *offline.Engine
	// script answers for the fake model; nil for others.
	script *script
	// close ends what the runner started.
	close func()
}

// newRunner reads -model: offline, fake, bedrock:<id> or openai:<base URL>#<model>.
func newRunner(ctx context.Context, name string) (*runner, error) {
	engine, err := offline.New()
	if err != nil {
		return nil, fmt.Errorf("loading the offline engine: %w", err)
	}
	r := &runner{assistant: engine, engine: engine, close: func() {}}
	kind, rest, _ := strings.Cut(name, ":")
	switch {
	case name == "offline":
	case name == "fake":
		r.fake(&script{})
	case kind == "bedrock" && rest != "":
		return r, r.bedrock(ctx, rest)
	case kind == "openai":
		base, id, ok := strings.Cut(rest, "#")
		if !ok {
			return nil, fmt.Errorf("%q is not openai:<base URL>#<model>", name)
		}
		backend := &openai.Backend{Base: strings.TrimSuffix(base, "/"), Model: id, Key: os.Getenv("AI_API_KEY"), Client: &http.Client{Timeout: patience}}
		r.assistant = r.ask(backend, id)
	default:
		return nil, fmt.Errorf("%q is not offline, fake, bedrock:<model or profile id> or openai:<base URL>#<model>", name)
	}
	return r, nil
}

func (r *runner) ask(backend model.Backend, id string) *model.Assistant {
	return &model.Assistant{Backend: backend, Model: id, Limit: patience, Risk: r.engine.Risk}
}

// fake asks a scripted model through the product's own Bedrock client.
func (r *runner) fake(s *script) {
	server := httptest.NewServer(converse.New(s, time.Now).Handler())
	r.script, r.close = s, server.Close
	r.assistant = r.ask(bedrock.New(bedrock.Config{
		Model: defaultModel, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("fake", "fake", ""),
		Endpoint: server.URL, Client: server.Client(), Now: time.Now,
	}), defaultModel)
}

// bedrock asks Amazon Bedrock with the account of the environment.
func (r *runner) bedrock(ctx context.Context, id string) error {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading the AWS settings of the environment: %w", err)
	}
	if c.Region == "" {
		return fmt.Errorf("no AWS region: set AWS_REGION")
	}
	r.assistant = r.ask(bedrock.New(bedrock.Config{
		Model: id, Region: c.Region, Credentials: c.Credentials, Client: &http.Client{Timeout: patience}, Now: time.Now,
	}), id)
	return nil
}
