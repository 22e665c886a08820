package template

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// options resolves addresses the way a running system would.
func options(params map[string]string) Options {
	return Options{
		Parameters: params,
		StackName:  "test", Region: "us-east-1", Account: "000000000000",
		Attributes: func(r Resource, attribute string) (string, error) {
			switch r.Type + " " + attribute {
			case "AWS::SQS::Queue Ref", "AWS::SQS::Queue QueueUrl":
				return "http://queues.example/" + r.Name, nil
			case "AWS::Cognito::UserPool ProviderURL":
				return "http://issuer.example", nil
			case "AWS::ApiGatewayV2::Api ApiEndpoint":
				return "http://api.example", nil
			}
			return "", nil
		},
	}
}

func TestNestedStacksBecomeOneModel(t *testing.T) {
	model, err := Load("testdata/shop/template.yaml", options(map[string]string{"Owner": "owner@shop.example"}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(model, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const golden = "testdata/shop.golden.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("model differs from %s (see -update):\n%s", golden, got)
	}
}

func TestFaultsNameTheirLine(t *testing.T) {
	const function = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: provided.al2023\n"
	cases := map[string]struct{ text, want string }{
		"bad YAML":                {"Resources:\n  A: [\n", "t.yaml:"},
		"not a mapping":           {"- a\n", "t.yaml:1: a template must be a mapping"},
		"alias":                   {"Metadata: {A: &a 1, B: *a}\n", "t.yaml:1: CloudFormation does not support YAML aliases"},
		"unknown section":         {"Ressources: {}\n", "t.yaml:1: unknown section Ressources"},
		"unknown type":            {"Resources:\n  A:\n    Type: AWS::EC2::Instance\n", "t.yaml:3: resource type AWS::EC2::Instance has no counterpart"},
		"unknown property":        {function + "      VpcConfig: {}\n", "t.yaml:6: property VpcConfig of AWS::Serverless::Function F is not supported"},
		"unknown reference":       {function + "      Handler: !Ref Nowhere\n", "t.yaml:6: there is no parameter or resource Nowhere"},
		"unknown attribute":       {function + "      Handler: !GetAtt F.Colour\n", "t.yaml:6: F (AWS::Serverless::Function) has no attribute Colour"},
		"unknown in Sub":          {function + "      Handler: !Sub '${Nowhere}'\n", "t.yaml:6: there is no parameter or resource Nowhere"},
		"ImportValue":             {function + "      Handler: !ImportValue X\n", "t.yaml:6: Fn::ImportValue"},
		"unknown function":        {function + "      Handler: !GetAZs ''\n", "t.yaml:6: Fn::GetAZs is not supported"},
		"Select out of range":     {function + "      Handler: !Select [2, [a, b]]\n", `t.yaml:6: Fn::Select has no item "2"`},
		"missing mapping":         {function + "      Handler: !FindInMap [A, B, C]\n", "t.yaml:6: there is no mapping A.B.C"},
		"missing condition":       {function + "      Handler: !If [C, a, b]\n", "t.yaml:6: there is no condition C"},
		"number out of range":     {function + "      Timeout: 901\n", "t.yaml:6: AWS::Serverless::Function F: Timeout must be a number from 1 to 900"},
		"other runtime":           {strings.Replace(function, "provided.al2023", "python3.13", 1), "t.yaml:5: AWS::Serverless::Function F: Runtime python3.13"},
		"HttpApi event":           {function + "      Events:\n        E: {Type: HttpApi, Properties: {Path: /}}\n", "t.yaml:7: event type HttpApi"},
		"queue of nobody":         {function + "      Events:\n        E: {Type: SQS, Properties: {Queue: arn}}\n", "t.yaml:2: there is no queue arn"},
		"self-dependent name":     {"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Ref Q\n", "depends on itself"},
		"value not allowed":       {"Parameters:\n  P:\n    Type: String\n    Default: c\n    AllowedValues: [a, b]\n" + function + "      Handler: !Ref P\n", `t.yaml:4: parameter P is "c"; allowed are a, b`},
		"pattern not met":         {"Parameters:\n  P: {Type: String, Default: c, AllowedPattern: '[ab]'}\n" + function + "      Handler: !Ref P\n", `t.yaml:2: parameter P is "c", which does not match [ab]`},
		"number too small":        {"Parameters:\n  P: {Type: Number, Default: 1, MinValue: 2}\n" + function + "      Timeout: !Ref P\n", "t.yaml:2: parameter P is \"1\", outside MinValue 2"},
		"parameter without value": {"Parameters:\n  P:\n    Type: String\n", "t.yaml:2: parameter P has neither a default nor a local value"},
		"condition cycle":         {"Conditions:\n  C: !Not [!Condition C]\n" + function + "      Handler: !If [C, a, b]\n", "t.yaml:2: condition C depends on itself"},
		"left-out resource":       {"Conditions:\n  C: !Equals [a, b]\n" + function + "      Handler: !Ref Q\n  Q:\n    Type: AWS::SQS::Queue\n    Condition: C\n", "t.yaml:8: resource Q is left out by its condition"},
		"missing nested file":     {"Resources:\n  N:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: ./none.yaml\n", "t.yaml:5: nested template ./none.yaml cannot be read"},
		"nested in itself":        {"Resources:\n  N:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: ./t.yaml\n", "t.yaml:5: nested template ./t.yaml contains itself"},
		"short visibility":        {function + "      Timeout: 60\n      Events:\n        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}\n  Q:\n    Type: AWS::SQS::Queue\n", "t.yaml:2: queue Q has a visibility time-out of 30s, less than its function's 1m0s"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t.yaml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path, options(nil))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if where := (*Error)(nil); !errors.As(err, &where) {
				t.Errorf("%v carries no place", err)
			}
		})
	}
}

func TestFaultsInNestedFilesNameThatFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("t.yaml", "Resources:\n  N:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: ./n.yaml\n      Parameters:\n        Size: tiny\n")
	write("n.yaml", "Parameters:\n  Size:\n    Type: String\n    AllowedValues: [big]\n")
	_, err := Load(filepath.Join(dir, "t.yaml"), options(nil))
	if want := `t.yaml:7: parameter Size is "tiny"; allowed are big`; err == nil || err.Error() != want {
		t.Errorf("a wrong argument: got %v, want %s", err, want)
	}
	write("n.yaml", "Parameters:\n  Size:\n    Type: String\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      Colour: red\n")
	_, err = Load(filepath.Join(dir, "t.yaml"), options(nil))
	if want := "n.yaml:8: property Colour"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("a wrong property: got %v, want %s", err, want)
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Sub '${A.B}${!x}'}\n",
		"Conditions:\n  C: !And [!Condition D, !Or [!Equals [a, !Ref A], !Not [!Condition C]]]\n  D: {Fn::Equals: [1, 1]}\n",
		"Globals: {Function: {Environment: {Variables: {A: &a {B: *a}}}}}\nResources: {F: {Type: AWS::Serverless::Function}}\n",
		"Outputs: {O: {Value: !Join [',', !Split ['', !Select [0, []]]]}}\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "t.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = Load(path, options(nil)) // must neither panic nor loop
	})
}
