package cognito

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestInvite(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		answer string
		code   string
	}{
		"a new person":         {200, `{"User":{}}`, ""},
		"has a sign-in":        {400, `{"__type":"UsernameExistsException","message":"exists"}`, ""},
		"has one, long type":   {400, `{"__type":"com.amazonaws#UsernameExistsException"}`, ""},
		"not allowed":          {400, `{"__type":"NotAuthorizedException"}`, "invite_failed"},
		"answers no JSON":      {502, `<html>`, "invite_failed"},
		"too many invitations": {400, `{"__type":"LimitExceededException"}`, "invite_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked *http.Request
			var body string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text, _ := io.ReadAll(r.Body)
				asked, body = r, string(text)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			}))
			defer server.Close()
			config := aws.Config{Region: "us-east-1", HTTPClient: server.Client(), Credentials: credentials.NewStaticCredentialsProvider("AKIA", "secret", "")}
			err := New(config, server.URL, "us-east-1_pool", time.Now).Invite(t.Context(), "mei@lumenhaus.example")
			if (err != nil) != (c.code != "") || err != nil && desk.CodeOf(err) != c.code {
				t.Errorf("error %v, want code %q", err, c.code)
			}
			if asked.Header.Get("X-Amz-Target") != "AWSCognitoIdentityProviderService.AdminCreateUser" || !strings.Contains(asked.Header.Get("Authorization"), "/us-east-1/cognito-idp/aws4_request") {
				t.Errorf("asked with %v", asked.Header)
			}
			for _, want := range []string{`"UserPoolId":"us-east-1_pool"`, `"Username":"mei@lumenhaus.example"`, `{"Name":"email_verified","Value":"true"}`} {
				if !strings.Contains(body, want) {
					t.Errorf("%s is not in %s", want, body)
				}
			}
		})
	}
}
