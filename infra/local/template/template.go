// Package template reads an AWS SAM template with its nested stacks into a
// typed model of what one machine has to run: functions with their triggers,
// tables, buckets, queues, keys, sign-in pools and HTTP APIs.
//
// It is strict on purpose. The template is the only description of the system,
// so a property that would change behaviour in AWS and that nothing here plays
// is an error with its file and line, never silently dropped. Properties that
// mean nothing on one machine (encryption at rest, tags, alarms, rights) are
// listed by name next to the reader of their resource.
package template

import (
	"fmt"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"
)

// Options say how a template is read.
type Options struct {
	// Parameters override the root template's parameter defaults.
	Parameters map[string]string
	// Attributes supplies what only the running system knows, such as a queue's
	// URL. It is asked first, with "Ref" for a plain reference; where it gives an
	// empty string, names and ARNs derived from the logical id are used.
	Attributes func(r Resource, attribute string) (string, error)
	// StackName prefixes every physical name. Region and Account go into ARNs.
	StackName, Region, Account string
}

// Resource identifies one resource to Options.Attributes.
type Resource struct {
	Stack     string // logical ids of the enclosing nested stacks joined by "/", empty at the root
	LogicalID string
	Type      string // AWS::SQS::Queue …
	Name      string // physical name, unique within the system
}

// Model is everything a template describes that one machine runs. Slices are in
// template order, nested stacks where their resource stands.
type Model struct {
	Functions []Function
	Tables    []Table
	Buckets   []Bucket
	Queues    []Queue
	Keys      []Key
	Pools     []UserPool
	APIs      []API
	Outputs   map[string]string // of the root template
}

// Function is an AWS::Serverless::Function.
type Function struct {
	LogicalID   string // also the folder of its binary
	Name        string
	ARN         string
	Handler     string
	MemoryMB    int
	Timeout     time.Duration
	Environment map[string]string
	// Reserved is ReservedConcurrentExecutions; zero when none is set.
	Reserved  int
	Queues    []QueueEvent
	Schedules []ScheduleEvent
}

// QueueEvent is an SQS event source mapping.
type QueueEvent struct {
	LogicalID       string
	QueueARN        string
	BatchSize       int
	Window          time.Duration
	MaxConcurrency  int // zero: no limit of its own
	PartialFailures bool
}

// ScheduleEvent is a ScheduleV2 event.
type ScheduleEvent struct {
	LogicalID  string
	Name       string
	ARN        string
	Expression string
	Timezone   string // IANA name; empty means UTC
	Input      string // empty: EventBridge Scheduler's own event
	Position   string // file:line of the expression, for error messages
}

// Table is an AWS::DynamoDB::Table.
type Table struct {
	LogicalID    string
	Name         string
	Attributes   []Attribute
	Key          []KeyElement
	Indexes      []Index
	TTLAttribute string // empty: no expiry
}

// Attribute is a key attribute with its DynamoDB type S, N or B.
type Attribute struct{ Name, Type string }

// KeyElement is one part of a key; Type is HASH or RANGE.
type KeyElement struct{ Name, Type string }

// Index is a global secondary index.
type Index struct {
	Name       string
	Key        []KeyElement
	Projection string // ALL, KEYS_ONLY or INCLUDE
	NonKey     []string
}

// Bucket is an AWS::S3::Bucket.
type Bucket struct {
	LogicalID string
	Name      string
}

// Queue is an AWS::SQS::Queue.
type Queue struct {
	LogicalID   string
	Name        string
	ARN         string
	Visibility  time.Duration
	Delay       time.Duration
	Retention   time.Duration
	ReceiveWait time.Duration
	MaxBytes    int
	Redrive     *Redrive
}

// Redrive names the dead-letter queue and after how many receives it is used.
type Redrive struct {
	TargetARN  string
	MaxReceive int
}

// Key is an AWS::KMS::Key.
type Key struct {
	LogicalID string
	ID        string
	ARN       string
}

// UserPool is an AWS::Cognito::UserPool with its clients.
type UserPool struct {
	LogicalID string
	ID        string
	Clients   []PoolClient
}

// PoolClient is an AWS::Cognito::UserPoolClient.
type PoolClient struct {
	LogicalID    string
	ID           string
	CallbackURLs []string
	LogoutURLs   []string
}

// API is an AWS::ApiGatewayV2::Api with its routes.
type API struct {
	LogicalID string
	ID        string
	CORS      *CORS
	Routes    []Route
}

// CORS is an HTTP API's CorsConfiguration.
type CORS struct {
	AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders []string
	AllowCredentials                                        bool
	MaxAge                                                  time.Duration
}

// Route is an AWS::ApiGatewayV2::Route with its integration and authorizer.
type Route struct {
	Key         string // "GET /path/{id}" or "$default"
	FunctionARN string
	Timeout     time.Duration // of the integration
	Authorizer  *Authorizer   // nil: open to all
	Scopes      []string      // any of them suffices
}

// Authorizer is a JWT authorizer.
type Authorizer struct {
	Issuer         string
	Audience       []string
	IdentitySource string
}

// Error is a fault in a template, with its place.
type Error struct {
	File string
	Line int
	Msg  string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg) }

// Load reads the template at path and everything nested in it.
// Errors about its content are of type *Error.
func Load(path string, opts Options) (*Model, error) {
	root, err := openStack(path, nil, "", opts)
	if err != nil {
		return nil, err
	}
	if err := root.overrideParameters(opts.Parameters); err != nil {
		return nil, err
	}
	b := &builder{model: &Model{Outputs: map[string]string{}}}
	if err := b.stack(root); err != nil {
		return nil, err
	}
	for _, join := range []func() error{b.joinRoutes, b.joinClients, b.joinQueues} {
		if err := join(); err != nil {
			return nil, err
		}
	}
	for _, name := range root.outputNames() {
		value, err := root.output(name, root.doc)
		if err != nil {
			return nil, err
		}
		if value != nil && value.Kind == yaml.ScalarNode {
			b.model.Outputs[name] = value.Value
		}
	}
	return b.model, nil
}

// displayPath keeps error messages short and free of the machine's folders.
func displayPath(path string, parent *stack) string {
	if parent == nil {
		return filepath.Base(path)
	}
	root := parent
	for root.parent != nil {
		root = root.parent
	}
	if rel, err := filepath.Rel(filepath.Dir(root.path), path); err == nil {
		return rel
	}
	return path
}
