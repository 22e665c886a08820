package template

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// builder fills the model from the stacks.
type builder struct {
	model        *Model
	routes       []rawRoute
	integrations map[string]integration // by physical id
	authorizers  map[string]Authorizer  // by physical id
	clients      []rawClient
	uses         []queueUse
}

// queueUse is a reference to a queue, checked once all queues are known.
type queueUse struct {
	s       *stack
	at      *yaml.Node
	arn     string
	timeout time.Duration // of the function that reads it; zero for a dead-letter queue
}

// joinQueues refuses references to queues that do not exist and, as Lambda
// does, a queue whose messages reappear while its function may still run.
func (b *builder) joinQueues() error {
	for _, use := range b.uses {
		queue := find(b.model.Queues, func(q Queue) bool { return q.ARN == use.arn })
		if queue == nil {
			return use.s.errorf(use.at, "there is no queue %s", use.arn)
		}
		if queue.Visibility < use.timeout {
			return use.s.errorf(use.at, "queue %s has a visibility time-out of %s, less than its function's %s",
				queue.LogicalID, queue.Visibility, use.timeout)
		}
	}
	return nil
}

// readers builds the resources one machine runs, by type.
func (b *builder) readers() map[string]func(s *stack, id, res *yaml.Node) error {
	return map[string]func(s *stack, id, res *yaml.Node) error{
		"AWS::Serverless::Application":   b.nested,
		"AWS::Serverless::Function":      b.function,
		"AWS::DynamoDB::Table":           b.table,
		"AWS::S3::Bucket":                b.bucket,
		"AWS::SQS::Queue":                b.queue,
		"AWS::KMS::Key":                  b.key,
		"AWS::Cognito::UserPool":         b.pool,
		"AWS::Cognito::UserPoolClient":   b.client,
		"AWS::ApiGatewayV2::Api":         b.api,
		"AWS::ApiGatewayV2::Authorizer":  b.authorizer,
		"AWS::ApiGatewayV2::Integration": b.integration,
		"AWS::ApiGatewayV2::Route":       b.route,
		"AWS::ApiGatewayV2::Stage":       b.stage,
	}
}

// cloudOnly are types without a counterpart here: rights, names, certificates,
// alarms and logs of the AWS account. One machine has one user, its own
// address and its log files instead.
var cloudOnly = []string{
	"AWS::IAM::", "AWS::Logs::", "AWS::CloudWatch::", "AWS::SNS::", "AWS::Budgets::",
	"AWS::CloudFront::", "AWS::Route53::", "AWS::CertificateManager::", "AWS::WAFv2::",
	"AWS::ResourceGroups::", "AWS::ApplicationInsights::",
	"AWS::Lambda::Permission", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::KMS::Alias",
	"AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping",
	"AWS::Cognito::UserPoolDomain", "AWS::Cognito::UserPoolGroup", "AWS::Cognito::UserPoolUser",
	"AWS::Cognito::UserPoolUICustomizationAttachment", "AWS::Cognito::ManagedLoginBranding",
	"AWS::Scheduler::ScheduleGroup",
}

func isCloudOnly(kind string) bool {
	return slices.ContainsFunc(cloudOnly, func(known string) bool {
		return kind == known || strings.HasSuffix(known, "::") && strings.HasPrefix(kind, known)
	})
}

// stack reads every resource of s that its condition keeps.
func (b *builder) stack(s *stack) error {
	readers := b.readers()
	for id, res := range entries(field(s.doc, "Resources")) {
		kind := field(res, "Type")
		if kind == nil {
			return s.errorf(id, "resource %s has no Type", id.Value)
		}
		present, err := s.present(res)
		if err != nil {
			return err
		}
		if !present || isCloudOnly(kind.Value) {
			continue
		}
		read := readers[kind.Value]
		if read == nil {
			return s.errorf(kind, "resource type %s has no counterpart on one machine", kind.Value)
		}
		if err := read(s, id, res); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) nested(s *stack, id, _ *yaml.Node) error {
	child := s.children[id.Value]
	for key, decl := range entries(field(child.doc, "Parameters")) {
		if _, err := child.parameter(key.Value, decl); err != nil {
			return err
		}
	}
	return b.stack(child)
}

// attr resolves an attribute of the resource being read.
func (s *stack) attr(id *yaml.Node, attribute string) (string, error) {
	value, err := s.attribute(id.Value, attribute, id)
	if err != nil {
		return "", err
	}
	return value.Value, nil
}

// attrs resolves several attributes at once.
func (s *stack) attrs(id *yaml.Node, names ...string) ([]string, error) {
	out := make([]string, len(names))
	for i, name := range names {
		value, err := s.attr(id, name)
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}
