package awsjson_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
)

type greetIn struct{ Name string }

type greetOut struct {
	Greeting string
	At       awsjson.Time
}

func greet(_ context.Context, in *greetIn) (*greetOut, error) {
	switch in.Name {
	case "nobody":
		return nil, &awsjson.Error{Code: "NotFound", Message: "nobody is here", QueryCode: "Old.NotFound"}
	case "disk":
		return nil, errors.New("the disk at /secret/path is full")
	}
	return &greetOut{"hello " + in.Name, awsjson.Time(time.UnixMilli(1500))}, nil
}

func TestService(t *testing.T) {
	srv := httptest.NewServer(&awsjson.Service{Prefix: "Greeter", Version: "1.0", Operations: map[string]awsjson.Operation{"Greet": awsjson.Op(greet)}})
	t.Cleanup(srv.Close)
	tests := []struct {
		name, target, body string
		status             int
		want, query        string
	}{
		{"answer", "Greeter.Greet", `{"Name":"you"}`, 200, `{"Greeting":"hello you","At":1.500}`, ""},
		{"no body", "Greeter.Greet", ``, 200, `{"Greeting":"hello ","At":1.500}`, ""},
		{"failure of the caller", "Greeter.Greet", `{"Name":"nobody"}`, 400, `{"__type":"NotFound","message":"nobody is here"}`, "Old.NotFound;Sender"},
		{"failure of the service is not told", "Greeter.Greet", `{"Name":"disk"}`, 500, `{"__type":"InternalFailure","message":"internal failure"}`, ""},
		{"unknown member", "Greeter.Greet", `{"Name":"you","Loud":true}`, 400, "SerializationException", ""},
		{"no JSON", "Greeter.Greet", `{`, 400, "SerializationException", ""},
		{"unknown operation", "Greeter.Leave", `{}`, 400, "UnknownOperationException", ""},
		{"another service", "Other.Greet", `{}`, 400, "UnknownOperationException", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Target", tt.target)
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			if err != nil || !json.Valid(body) {
				t.Fatalf("reply %q, %v", body, err)
			}
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) || resp.Header.Get("X-Amzn-Query-Error") != tt.query {
				t.Errorf("got %d %s, query error %q", resp.StatusCode, body, resp.Header.Get("X-Amzn-Query-Error"))
			}
		})
	}
}
