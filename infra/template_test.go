package infra_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/infra/local/template"
)

func readTemplate(t *testing.T) *template.Model {
	t.Helper()
	model, err := template.Load("../template.yaml", template.Options{
		Parameters: map[string]string{"OwnerEmail": "owner@lumenhaus.example"},
		StackName:  "quilldesk", Region: "us-east-1", Account: "123456789012",
		Attributes: func(r template.Resource, attribute string) (string, error) {
			switch r.Type + " " + attribute {
			case "AWS::SQS::Queue Ref":
				return "https://queues.example/" + r.Name, nil
			case "AWS::Cognito::UserPool ProviderURL":
				return "https://sign-in.example", nil
			case "AWS::ApiGatewayV2::Api ApiEndpoint":
				return "https://api.example", nil
			}
			return "", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestEveryFunctionIsInTheTemplate(t *testing.T) {
	var named []string
	for _, f := range readTemplate(t).Functions {
		named = append(named, strings.ToLower(strings.TrimSuffix(f.LogicalID, "Function")))
	}
	folders, err := filepath.Glob("../functions/*")
	if err != nil {
		t.Fatal(err)
	}
	for i, folder := range folders {
		folders[i] = filepath.Base(folder)
	}
	slices.Sort(named)
	if !slices.Equal(named, folders) {
		t.Errorf("template.yaml has %v, functions/ has %v", named, folders)
	}
}

// What AWS advises for queues that functions read: the visibility time-out six
// times the function's, a dead-letter queue that keeps longer than the queue, a
// ceiling on concurrency, and failures told one by one.
func TestQueuesAreSafe(t *testing.T) {
	model := readTemplate(t)
	alarms, err := os.ReadFile("alarms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	queues := map[string]template.Queue{}
	for _, q := range model.Queues {
		queues[q.ARN] = q
	}
	read := 0
	for _, f := range model.Functions {
		for _, event := range f.Queues {
			read++
			q := queues[event.QueueARN]
			if q.Visibility < 6*f.Timeout {
				t.Errorf("%s: visible again after %s, %s may take %s", q.LogicalID, q.Visibility, f.LogicalID, f.Timeout)
			}
			if !event.PartialFailures || event.MaxConcurrency == 0 {
				t.Errorf("%s: %+v has no partial failures or no ceiling", f.LogicalID, event)
			}
			if q.Redrive == nil {
				t.Errorf("%s has no dead-letter queue", q.LogicalID)
				continue
			}
			dead := queues[q.Redrive.TargetARN]
			if dead.Retention <= q.Retention {
				t.Errorf("%s keeps %s, no longer than %s", dead.LogicalID, dead.Retention, q.LogicalID)
			}
			if !strings.Contains(string(alarms), "  "+dead.LogicalID+"Alarm:\n") {
				t.Errorf("%s has no alarm in alarms.yaml", dead.LogicalID)
			}
		}
	}
	if read != 6 || len(queues) != 12 {
		t.Errorf("%d queues are read, of %d; want 6 and their dead-letter queues", read, len(queues))
	}
}
