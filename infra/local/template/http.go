package template

import (
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A route may stand in another file than its API, its integration or its
// authorizer, so these are collected first and joined by physical id at the end.
type rawRoute struct {
	s                                *stack
	at                               *yaml.Node
	route                            Route
	api, integration, authorizer, by string
}

type integration struct {
	functionARN string
	timeout     time.Duration
}

type rawClient struct {
	s      *stack
	at     *yaml.Node
	pool   string
	client PoolClient
}

// pool keeps the pool's id: its password and mail policies belong to Cognito,
// for which the local sign-in page stands. Triggers would change what happens
// at sign-in, so they are not in the list.
func (b *builder) pool(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::Cognito::UserPool "+id.Value, field(res, "Properties"))
	p.noEffect("UserPoolName", "Policies", "MfaConfiguration", "EnabledMfas", "AccountRecoverySetting", "AdminCreateUserConfig",
		"AliasAttributes", "UsernameAttributes", "AutoVerifiedAttributes", "UsernameConfiguration", "Schema",
		"DeletionProtection", "DeviceConfiguration", "EmailConfiguration", "EmailVerificationMessage",
		"EmailVerificationSubject", "EmailAuthenticationMessage", "EmailAuthenticationSubject", "SmsConfiguration",
		"SmsVerificationMessage", "SmsAuthenticationMessage", "UserAttributeUpdateSettings", "UserPoolAddOns", "UserPoolTags",
		"UserPoolTier", "VerificationMessageTemplate", "WebAuthnFactorConfiguration", "WebAuthnRelyingPartyID", "WebAuthnUserVerification")
	if err := p.done(); err != nil {
		return err
	}
	poolID, err := s.attr(id, "Ref")
	b.model.Pools = append(b.model.Pools, UserPool{LogicalID: id.Value, ID: poolID})
	return err
}

func (b *builder) client(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::Cognito::UserPoolClient "+id.Value, field(res, "Properties"))
	raw := rawClient{s: s, at: id, pool: p.need("UserPoolId"), client: PoolClient{
		LogicalID:    id.Value,
		CallbackURLs: p.strs("CallbackURLs"),
		LogoutURLs:   p.strs("LogoutURLs"),
	}}
	if p.flag("GenerateSecret") {
		p.fail(id, "%s: GenerateSecret is not supported on one machine; a browser cannot keep one", p.what)
	}
	p.noEffect("ClientName", "AllowedOAuthFlows", "AllowedOAuthFlowsUserPoolClient", "AllowedOAuthScopes", "DefaultRedirectURI",
		"SupportedIdentityProviders", "ExplicitAuthFlows", "AccessTokenValidity", "IdTokenValidity", "RefreshTokenValidity",
		"TokenValidityUnits", "AuthSessionValidity", "EnableTokenRevocation", "PreventUserExistenceErrors", "ReadAttributes",
		"WriteAttributes", "RefreshTokenRotation", "EnablePropagateAdditionalUserContextData", "AnalyticsConfiguration")
	if err := p.done(); err != nil {
		return err
	}
	var err error
	raw.client.ID, err = s.attr(id, "Ref")
	b.clients = append(b.clients, raw)
	return err
}

func (b *builder) joinClients() error {
	for _, raw := range b.clients {
		pool := find(b.model.Pools, func(p UserPool) bool { return p.ID == raw.pool })
		if pool == nil {
			return raw.s.errorf(raw.at, "there is no user pool %s", raw.pool)
		}
		pool.Clients = append(pool.Clients, raw.client)
	}
	return nil
}

func (b *builder) api(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::ApiGatewayV2::Api "+id.Value, field(res, "Properties"))
	p.oneOf("ProtocolType", "HTTP")
	api := API{LogicalID: id.Value}
	if cors := p.object("CorsConfiguration"); cors != nil {
		api.CORS = &CORS{
			AllowOrigins: cors.strs("AllowOrigins"), AllowMethods: cors.strs("AllowMethods"),
			AllowHeaders: cors.strs("AllowHeaders"), ExposeHeaders: cors.strs("ExposeHeaders"),
			AllowCredentials: cors.flag("AllowCredentials"),
			MaxAge:           cors.seconds("MaxAge", 0, -1, 86400),
		}
		_ = cors.done() // faults are shared with p
	}
	p.noEffect("Name", "Description", "Tags", "DisableExecuteApiEndpoint", "Version", "IpAddressType", "RouteSelectionExpression", "FailOnWarnings")
	if err := p.done(); err != nil {
		return err
	}
	var err error
	api.ID, err = s.attr(id, "Ref")
	b.model.APIs = append(b.model.APIs, api)
	return err
}

func (b *builder) authorizer(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::ApiGatewayV2::Authorizer "+id.Value, field(res, "Properties"))
	p.oneOf("AuthorizerType", "JWT")
	p.need("ApiId")
	sources := p.strs("IdentitySource")
	var a Authorizer
	if len(sources) == 1 {
		a.IdentitySource = sources[0]
	} else {
		p.fail(p.node, "%s needs one IdentitySource", p.what)
	}
	jwt := p.object("JwtConfiguration")
	if jwt == nil {
		p.fail(p.node, "%s needs JwtConfiguration", p.what)
	} else {
		a.Issuer, a.Audience = jwt.need("Issuer"), jwt.strs("Audience")
		_ = jwt.done()
	}
	p.noEffect("Name")
	if err := p.done(); err != nil {
		return err
	}
	physical, err := s.attr(id, "Ref")
	if b.authorizers == nil {
		b.authorizers = map[string]Authorizer{}
	}
	b.authorizers[physical] = a
	return err
}

// lambdaARN finds the function in an integration URI, which is either its ARN
// or the API Gateway form "…:lambda:path/2015-03-31/functions/ARN/invocations".
var lambdaARN = regexp.MustCompile(`arn:aws:lambda:[a-z0-9-]+:\d+:function:[A-Za-z0-9_-]+`)

func (b *builder) integration(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::ApiGatewayV2::Integration "+id.Value, field(res, "Properties"))
	p.need("ApiId")
	p.oneOf("IntegrationType", "AWS_PROXY")
	p.oneOf("PayloadFormatVersion", "2.0")
	p.oneOf("IntegrationMethod", "POST")
	p.oneOf("ConnectionType", "INTERNET")
	in := integration{timeout: time.Duration(p.number("TimeoutInMillis", 30000, 50, 30000)) * time.Millisecond}
	uri := p.need("IntegrationUri")
	if in.functionARN = lambdaARN.FindString(uri); in.functionARN == "" {
		p.fail(p.node, "%s: IntegrationUri %q names no function", p.what, uri)
	}
	p.noEffect("Description")
	if err := p.done(); err != nil {
		return err
	}
	physical, err := s.attr(id, "Ref")
	if b.integrations == nil {
		b.integrations = map[string]integration{}
	}
	b.integrations[physical] = in
	return err
}

func (b *builder) route(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::ApiGatewayV2::Route "+id.Value, field(res, "Properties"))
	raw := rawRoute{
		s: s, at: id,
		api:         p.need("ApiId"),
		integration: strings.TrimPrefix(p.need("Target"), "integrations/"),
		by:          p.oneOf("AuthorizationType", "NONE", "JWT"),
		authorizer:  p.str("AuthorizerId", ""),
		route:       Route{Key: p.need("RouteKey"), Scopes: p.strs("AuthorizationScopes")},
	}
	p.noEffect("OperationName")
	b.routes = append(b.routes, raw)
	return p.done()
}

// stage is read only to refuse what would change requests: the one stage here
// is $default at the root of the address.
func (b *builder) stage(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::ApiGatewayV2::Stage "+id.Value, field(res, "Properties"))
	p.need("ApiId")
	p.oneOf("StageName", "$default")
	p.noEffect("AutoDeploy", "Description", "Tags", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "DeploymentId")
	return p.done()
}

func (b *builder) joinRoutes() error {
	for _, raw := range b.routes {
		api := find(b.model.APIs, func(a API) bool { return a.ID == raw.api })
		if api == nil {
			return raw.s.errorf(raw.at, "there is no HTTP API %s", raw.api)
		}
		in, ok := b.integrations[raw.integration]
		if !ok {
			return raw.s.errorf(raw.at, "there is no integration %s", raw.integration)
		}
		route := raw.route
		route.FunctionARN, route.Timeout = in.functionARN, in.timeout
		if find(b.model.Functions, func(f Function) bool { return f.ARN == in.functionARN }) == nil {
			return raw.s.errorf(raw.at, "there is no function %s", in.functionARN)
		}
		if raw.by == "JWT" {
			authorizer, ok := b.authorizers[raw.authorizer]
			if !ok {
				return raw.s.errorf(raw.at, "there is no authorizer %s", raw.authorizer)
			}
			route.Authorizer = &authorizer
		}
		api.Routes = append(api.Routes, route)
	}
	return nil
}

// find returns a pointer to the first matching element, or nil.
func find[T any](all []T, match func(T) bool) *T {
	for i := range all {
		if match(all[i]) {
			return &all[i]
		}
	}
	return nil
}
