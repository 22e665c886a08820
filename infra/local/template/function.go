package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (b *builder) function(s *stack, id, res *yaml.Node) error {
	global := field(field(s.doc, "Globals"), "Function")
	p := s.props("AWS::Serverless::Function "+id.Value, merge(global, field(res, "Properties")))
	f := Function{
		LogicalID: id.Value,
		Handler:   p.str("Handler", "bootstrap"),
		MemoryMB:  p.number("MemorySize", 128, 128, 10240),
		Timeout:   p.seconds("Timeout", 3, 1, 900),
		Reserved:  p.number("ReservedConcurrentExecutions", 0, 0, 1000),
	}
	p.oneOf("Runtime", "provided.al2023")
	p.oneOf("PackageType", "Zip")
	f.Environment = environment(p.object("Environment"))
	maps.Copy(f.Environment, logging(p.object("LoggingConfig")))
	readEvents(p, s, id.Value, &f)
	p.noEffect("FunctionName", "CodeUri", "Architectures", "Policies", "Role", "PermissionsBoundary", "Description",
		"Tags", "PropagateTags", "Tracing", "EphemeralStorage", "AutoPublishAlias", "DeploymentPreference",
		"RuntimeManagementConfig", "KmsKeyArn", "SnapStart")
	if err := p.done(); err != nil {
		return err
	}
	attrs, err := s.attrs(id, "Ref", "Arn")
	if err != nil {
		return err
	}
	f.Name, f.ARN = attrs[0], attrs[1]
	for _, event := range f.Queues {
		b.uses = append(b.uses, queueUse{s, id, event.QueueARN, f.Timeout})
	}
	b.model.Functions = append(b.model.Functions, f)
	return nil
}

func environment(p *props) map[string]string {
	out := map[string]string{}
	if p == nil {
		return out
	}
	vars := p.object("Variables")
	if vars == nil {
		return out
	}
	for key := range entries(vars.node) {
		out[key.Value] = vars.str(key.Value, "")
	}
	return out
}

// logging gives the environment variables by which Lambda tells a runtime its
// log settings. The log group itself is a file here.
func logging(p *props) map[string]string {
	out := map[string]string{}
	if p == nil {
		return out
	}
	if p.oneOf("LogFormat", "Text", "JSON") == "JSON" {
		out["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
		out["AWS_LAMBDA_LOG_LEVEL"] = p.oneOf("ApplicationLogLevel", "INFO", "TRACE", "DEBUG", "WARN", "ERROR", "FATAL")
	}
	p.noEffect("LogGroup", "SystemLogLevel", "ApplicationLogLevel")
	_ = p.done() // the fault is shared with the parent, which reports it
	return out
}

func readEvents(p *props, s *stack, function string, f *Function) {
	events := p.object("Events")
	if events == nil {
		return
	}
	for key := range entries(events.node) {
		event := events.object(key.Value)
		if event == nil {
			continue
		}
		kind := event.need("Type")
		detail := event.object("Properties")
		if detail == nil {
			p.fail(key, "event %s needs Properties", key.Value)
			return
		}
		switch kind {
		case "SQS":
			readQueueEvent(detail, key.Value, f)
		case "ScheduleV2":
			readSchedule(detail, s, function, key.Value, f)
		default:
			p.fail(key, "event type %s is not supported on one machine; use SQS, ScheduleV2 or AWS::ApiGatewayV2::Route", kind)
		}
		_ = event.done() // shared, as above
	}
}

func readQueueEvent(p *props, id string, f *Function) {
	window := p.seconds("MaximumBatchingWindowInSeconds", 0, 0, 300)
	e := QueueEvent{
		LogicalID: id,
		QueueARN:  p.need("Queue"),
		BatchSize: p.number("BatchSize", 10, 1, 10000),
		Window:    window,
	}
	if e.BatchSize > 10 && window == 0 {
		p.fail(p.node, "%s: a BatchSize above 10 needs MaximumBatchingWindowInSeconds", p.what)
	}
	types := p.strs("FunctionResponseTypes")
	if len(types) > 0 && !slices.Equal(types, []string{"ReportBatchItemFailures"}) {
		p.fail(p.node, "%s: FunctionResponseTypes can only be ReportBatchItemFailures", p.what)
	}
	e.PartialFailures = len(types) > 0
	if scaling := p.object("ScalingConfig"); scaling != nil {
		e.MaxConcurrency = scaling.number("MaximumConcurrency", 0, 2, 1000)
		_ = scaling.done()
	}
	enabled := p.str("Enabled", "true") == "true"
	p.noEffect("MetricsConfig", "KmsKeyArn")
	if p.done() == nil && enabled {
		f.Queues = append(f.Queues, e)
	}
}

func readSchedule(p *props, s *stack, function, id string, f *Function) {
	name := p.str("Name", strings.ToLower(strings.Join(append(append([]string{s.opts.StackName}, s.trail()...), function, id), "-")))
	e := ScheduleEvent{
		LogicalID:  id,
		Name:       name,
		ARN:        "arn:aws:scheduler:" + s.opts.Region + ":" + s.opts.Account + ":schedule/default/" + name,
		Expression: p.need("ScheduleExpression"),
		Timezone:   p.str("ScheduleExpressionTimezone", ""),
		Input:      p.str("Input", ""),
	}
	if at := field(p.node, "ScheduleExpression"); at != nil {
		e.Position = fmt.Sprintf("%s:%d", s.file, at.Line)
	}
	if window := p.object("FlexibleTimeWindow"); window != nil {
		window.oneOf("Mode", "OFF")
		_ = window.done()
	}
	enabled := p.oneOf("State", "ENABLED", "DISABLED") == "ENABLED"
	p.noEffect("Description", "GroupName", "RetryPolicy", "DeadLetterConfig", "RoleArn", "PermissionsBoundary", "KmsKeyArn", "OmitName")
	if p.done() == nil && enabled {
		f.Schedules = append(f.Schedules, e)
	}
}
