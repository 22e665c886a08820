package template

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ref evaluates Ref: a pseudo parameter, a parameter or a resource.
func (s *stack) ref(name string, at *yaml.Node) (*yaml.Node, error) {
	if strings.HasPrefix(name, "AWS::") {
		return s.pseudo(name, at)
	}
	if decl := field(field(s.doc, "Parameters"), name); decl != nil {
		return s.parameter(name, decl)
	}
	return s.attribute(name, "Ref", at)
}

func (s *stack) pseudo(name string, at *yaml.Node) (*yaml.Node, error) {
	switch name {
	case "AWS::NoValue":
		return nil, nil
	case "AWS::Region":
		return scalar(s.opts.Region, at), nil
	case "AWS::AccountId":
		return scalar(s.opts.Account, at), nil
	case "AWS::StackName":
		return scalar(strings.Join(append([]string{s.opts.StackName}, s.trail()...), "-"), at), nil
	case "AWS::StackId":
		return scalar("arn:aws:cloudformation:"+s.opts.Region+":"+s.opts.Account+":stack/"+
			strings.Join(append([]string{s.opts.StackName}, s.trail()...), "-")+"/local", at), nil
	case "AWS::Partition":
		return scalar("aws", at), nil
	case "AWS::URLSuffix":
		return scalar("amazonaws.com", at), nil
	default:
		return nil, s.errorf(at, "pseudo parameter %s is not supported on one machine", name)
	}
}

// parameter resolves and checks a parameter's value: what the parent stack or
// the command gives, else its default.
func (s *stack) parameter(name string, decl *yaml.Node) (*yaml.Node, error) {
	return s.once("parameter "+name, decl, func() (*yaml.Node, error) {
		arg, given := s.arguments[name]
		if !given {
			arg = argument{field(decl, "Default"), s}
		}
		value, err := arg.in.resolve(arg.node)
		if err != nil {
			return nil, err
		}
		if value == nil {
			return nil, arg.in.errorf(arg.node, "parameter %s cannot be AWS::NoValue", name)
		}
		return s.checked(name, decl, value, arg)
	})
}

// checked holds a value against its declaration and splits list types.
func (s *stack) checked(name string, decl, value *yaml.Node, arg argument) (*yaml.Node, error) {
	kind := "String"
	if t := field(decl, "Type"); t != nil {
		kind = t.Value
	}
	if value.Kind == yaml.SequenceNode {
		value = scalar(joinScalars(value), value)
	}
	if allowed := field(decl, "AllowedValues"); allowed != nil && !slices.Contains(scalars(allowed), value.Value) {
		return nil, arg.in.errorf(arg.node, "parameter %s is %q; allowed are %s", name, value.Value, strings.Join(scalars(allowed), ", "))
	}
	if pattern := field(decl, "AllowedPattern"); pattern != nil {
		re, err := regexp.Compile(`^(?:` + pattern.Value + `)$`)
		if err != nil {
			return nil, s.errorf(pattern, "AllowedPattern: %v", err)
		}
		if !re.MatchString(value.Value) {
			return nil, arg.in.errorf(arg.node, "parameter %s is %q, which does not match %s", name, value.Value, pattern.Value)
		}
	}
	switch {
	case kind == "Number":
		if err := inRange(decl, value.Value); err != "" {
			return nil, arg.in.errorf(arg.node, "parameter %s is %q, %s", name, value.Value, err)
		}
	case kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<"):
		return list(splitTrimmed(value.Value), value), nil
	case strings.HasPrefix(kind, "AWS::SSM::"):
		return nil, s.errorf(decl, "parameter %s is kept in AWS Systems Manager, which one machine does not have", name)
	}
	return value, nil
}

func inRange(decl *yaml.Node, text string) (fault string) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "not a number"
	}
	for key, outside := range map[string]func(limit float64) bool{
		"MinValue": func(limit float64) bool { return n < limit },
		"MaxValue": func(limit float64) bool { return n > limit },
	} {
		if bound := field(decl, key); bound != nil {
			if limit, err := strconv.ParseFloat(bound.Value, 64); err != nil || outside(limit) {
				return "outside " + key + " " + bound.Value
			}
		}
	}
	return ""
}

func scalars(n *yaml.Node) []string {
	var out []string
	for _, item := range n.Content {
		out = append(out, item.Value)
	}
	return out
}

func joinScalars(n *yaml.Node) string { return strings.Join(scalars(n), ",") }

func splitTrimmed(text string) []string {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// getAtt evaluates Fn::GetAtt, given as "Resource.Attribute" or as a list.
func (s *stack) getAtt(arg, at *yaml.Node) (*yaml.Node, error) {
	text := arg.Value
	if arg.Kind == yaml.SequenceNode {
		text = strings.Join(scalars(arg), ".")
	}
	id, attribute, ok := strings.Cut(text, ".")
	if !ok {
		return nil, s.errorf(at, "Fn::GetAtt needs Resource.Attribute, not %q", text)
	}
	if child := s.children[id]; child != nil {
		name, isOutput := strings.CutPrefix(attribute, "Outputs.")
		if !isOutput {
			return nil, s.errorf(at, "a nested stack has only Outputs, not %s", attribute)
		}
		if field(field(child.doc, "Outputs"), name) == nil {
			return nil, s.errorf(at, "there is no output %s in %s", name, child.file)
		}
		return child.output(name, at)
	}
	return s.attribute(id, attribute, at)
}

// attribute resolves what a resource offers, "Ref" included.
func (s *stack) attribute(id, attribute string, at *yaml.Node) (*yaml.Node, error) {
	res := field(field(s.doc, "Resources"), id)
	if res == nil {
		return nil, s.errorf(at, "there is no parameter or resource %s", id)
	}
	if present, err := s.present(res); err != nil || !present {
		if err == nil {
			err = s.errorf(at, "resource %s is left out by its condition", id)
		}
		return nil, err
	}
	return s.once(id+"."+attribute, at, func() (*yaml.Node, error) {
		r, err := s.resource(id, res)
		if err != nil {
			return nil, err
		}
		if s.opts.Attributes != nil {
			value, err := s.opts.Attributes(r, attribute)
			if err != nil {
				return nil, s.errorf(at, "%s.%s: %v", id, attribute, err)
			}
			if value != "" {
				return scalar(value, at), nil
			}
		}
		form, ok := attributes[r.Type][attribute]
		if !ok {
			return nil, s.errorf(at, "%s (%s) has no attribute %s on one machine", id, r.Type, attribute)
		}
		fill := strings.NewReplacer("{name}", r.Name, "{region}", s.opts.Region, "{account}", s.opts.Account)
		return scalar(fill.Replace(form), at), nil
	})
}

// present reports whether a resource's or output's Condition, if any, holds.
func (s *stack) present(decl *yaml.Node) (bool, error) {
	cond := field(decl, "Condition")
	if cond == nil {
		return true, nil
	}
	return s.condition(cond.Value, cond)
}

// resource describes the resource id to Options.Attributes.
func (s *stack) resource(id string, res *yaml.Node) (Resource, error) {
	kind := field(res, "Type")
	if kind == nil {
		return Resource{}, s.errorf(res, "resource %s has no Type", id)
	}
	r := Resource{Stack: strings.Join(s.trail(), "/"), LogicalID: id, Type: kind.Value}
	name, err := s.physicalName(r, field(res, "Properties"))
	r.Name = name
	return r, err
}

// nameProperties holds the property that names a resource explicitly.
var nameProperties = map[string]string{
	"AWS::DynamoDB::Table":      "TableName",
	"AWS::S3::Bucket":           "BucketName",
	"AWS::SQS::Queue":           "QueueName",
	"AWS::Serverless::Function": "FunctionName",
}

// physicalName is the explicit name if the template gives one, else
// stack-nested-logicalid in lower case, which every service's naming rules allow.
func (s *stack) physicalName(r Resource, props *yaml.Node) (string, error) {
	if explicit := field(props, nameProperties[r.Type]); explicit != nil {
		value, err := s.resolve(explicit)
		if err != nil {
			return "", err
		}
		if value != nil {
			return value.Value, nil
		}
	}
	parts := append([]string{s.opts.StackName}, append(s.trail(), r.LogicalID)...)
	return strings.ToLower(strings.Join(parts, "-")), nil
}

// attributes gives the form of what Ref and GetAtt return where it follows from
// the name. Addresses (queue URL, issuer) come from Options.Attributes.
var attributes = map[string]map[string]string{
	"AWS::DynamoDB::Table": {
		"Ref": "{name}", "Arn": "arn:aws:dynamodb:{region}:{account}:table/{name}"},
	"AWS::S3::Bucket": {
		"Ref": "{name}", "Arn": "arn:aws:s3:::{name}",
		"DomainName": "{name}.s3.amazonaws.com", "RegionalDomainName": "{name}.s3.{region}.amazonaws.com"},
	"AWS::SQS::Queue": {
		"QueueName": "{name}", "Arn": "arn:aws:sqs:{region}:{account}:{name}"},
	"AWS::KMS::Key": {
		"Ref": "{name}", "KeyId": "{name}", "Arn": "arn:aws:kms:{region}:{account}:key/{name}"},
	"AWS::KMS::Alias": {
		"Ref": "alias/{name}"},
	"AWS::Serverless::Function": {
		"Ref": "{name}", "Arn": "arn:aws:lambda:{region}:{account}:function:{name}"},
	"AWS::Cognito::UserPool": {
		"Ref": "{name}", "UserPoolId": "{name}", "Arn": "arn:aws:cognito-idp:{region}:{account}:userpool/{name}"},
	"AWS::Cognito::UserPoolClient": {
		"Ref": "{name}", "ClientId": "{name}"},
	"AWS::Cognito::UserPoolDomain": {
		"Ref": "{name}"},
	"AWS::ApiGatewayV2::Api": {
		"Ref": "{name}", "ApiId": "{name}"},
	"AWS::ApiGatewayV2::Authorizer": {
		"Ref": "{name}", "AuthorizerId": "{name}"},
	"AWS::ApiGatewayV2::Integration": {
		"Ref": "{name}", "IntegrationId": "{name}"},
	"AWS::ApiGatewayV2::Stage": {
		"Ref": "$default"},
	"AWS::SNS::Topic": {
		"Ref": "arn:aws:sns:{region}:{account}:{name}", "TopicName": "{name}", "TopicArn": "arn:aws:sns:{region}:{account}:{name}"},
	"AWS::Logs::LogGroup": {
		"Ref": "{name}", "Arn": "arn:aws:logs:{region}:{account}:log-group:{name}:*"},
	"AWS::IAM::Role": {
		"Ref": "{name}", "Arn": "arn:aws:iam::{account}:role/{name}"},
	"AWS::IAM::ManagedPolicy": {
		"Ref": "arn:aws:iam::{account}:policy/{name}"},
	"AWS::CloudFront::Distribution": {
		"Ref": "{name}", "DomainName": "{name}.cloudfront.net"},
	"AWS::CloudWatch::Alarm": {
		"Ref": "{name}", "Arn": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"},
	"AWS::CloudWatch::Dashboard": {
		"Ref": "{name}"},
}
