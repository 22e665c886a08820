package oidc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	gooidc "github.com/coreos/go-oidc/v3/oidc"
)

func (b *bench) cognito() *cognitoidentityprovider.Client {
	return cognitoidentityprovider.New(cognitoidentityprovider.Options{BaseEndpoint: aws.String(b.http.URL), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), Retryer: aws.NopRetryer{}})
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

func TestInvitedPersonSignsInUntilRemoved(t *testing.T) {
	b := newBench(t)
	pool, email := aws.String("local_pool"), aws.String("new@example.com")
	create := &cognitoidentityprovider.AdminCreateUserInput{UserPoolId: pool, Username: email, DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: email}, {Name: aws.String("email_verified"), Value: aws.String("true")}}}
	out, err := b.cognito().AdminCreateUser(t.Context(), create)
	if err != nil || out.User.UserStatus != types.UserStatusTypeForceChangePassword || !out.User.Enabled {
		t.Fatalf("created %+v, %v", out, err)
	}
	_, err = b.cognito().AdminCreateUser(t.Context(), create)
	wantCode(t, err, "UsernameExistsException")
	create.MessageAction = types.MessageActionTypeResend
	if _, err := b.cognito().AdminCreateUser(t.Context(), create); err != nil {
		t.Errorf("resending: %v", err)
	}

	b.restart()
	got := b.signIn("new@example.com")
	var claims map[string]any
	if b.verify(got.ID, gooidc.Config{ClientID: clientID}, &claims); claims["sub"] != *out.User.Username || claims["email_verified"] != true {
		t.Errorf("claims %v", claims)
	}

	remove := &cognitoidentityprovider.AdminDeleteUserInput{UserPoolId: pool, Username: email}
	if _, err := b.cognito().AdminDeleteUser(t.Context(), remove); err != nil {
		t.Fatal(err)
	}
	_, err = b.cognito().AdminDeleteUser(t.Context(), remove)
	wantCode(t, err, "UserNotFoundException")
	if again := b.refresh(got.Refresh); again.Error != "invalid_grant" {
		t.Errorf("a removed person refreshed: %+v", again)
	}
	if back := b.choose("new@example.com", request()); back.Get("error") != "access_denied" {
		t.Errorf("a removed person signed in: %v", back)
	}
}

func TestRemovedDemoPersonStaysRemoved(t *testing.T) {
	b := newBench(t)
	if _, err := b.cognito().AdminDeleteUser(t.Context(), &cognitoidentityprovider.AdminDeleteUserInput{UserPoolId: aws.String("local_pool"), Username: aws.String("sub-agent")}); err != nil {
		t.Fatal(err)
	}
	b.restart()
	page := b.get(b.config.Issuer + "/oauth2/authorize?" + request().Encode())
	if strings.Contains(page.body, "Agent@") || !strings.Contains(page.body, "owner@") {
		t.Error("the page shows the wrong people")
	}
}

func TestAdminRefusals(t *testing.T) {
	b := newBench(t)
	tests := []struct {
		name string
		in   cognitoidentityprovider.AdminCreateUserInput
		code string
	}{
		{"another pool", cognitoidentityprovider.AdminCreateUserInput{UserPoolId: aws.String("us-east-1_x"), Username: aws.String("a@example.com")}, "ResourceNotFoundException"},
		{"no address", cognitoidentityprovider.AdminCreateUserInput{Username: aws.String("somebody")}, "InvalidParameterException"},
		{"custom attribute", cognitoidentityprovider.AdminCreateUserInput{Username: aws.String("a@example.com"),
			UserAttributes: []types.AttributeType{{Name: aws.String("custom:x"), Value: aws.String("y")}}}, "InvalidParameterException"},
		{"a password", cognitoidentityprovider.AdminCreateUserInput{Username: aws.String("a@example.com"), TemporaryPassword: aws.String("secret")}, "SerializationException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.in.UserPoolId == nil {
				tt.in.UserPoolId = aws.String("local_pool")
			}
			_, err := b.cognito().AdminCreateUser(t.Context(), &tt.in)
			wantCode(t, err, tt.code)
		})
	}
}
