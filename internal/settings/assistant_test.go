package settings

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/offline"
)

func TestModelSetting(t *testing.T) {
	for setting, want := range map[string]modelChoice{
		"offline":                            {kind: "offline"},
		"off":                                {kind: "off"},
		"bedrock":                            {kind: "bedrock", id: "eu.anthropic.claude-haiku-5-5"},
		"bedrock:amazon.nova-micro-v1:0":     {kind: "bedrock", id: "amazon.nova-micro-v1:0"},
		"openai:http://127.0.0.1:11434/v1#q": {kind: "openai", id: "q", base: "http://127.0.0.1:11434/v1"},
		"openai:https://m.example.com/v1/#q:8b#x": {kind: "openai", id: "q:8b#x", base: "https://m.example.com/v1"},
	} {
		if got, err := parseModel(setting, "eu-central-1"); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", setting, got, err)
		}
	}
}

func TestUnknownModelSettingsAreNamed(t *testing.T) {
	for _, setting := range []string{"", "claude", "bedrock:", "openai:", "openai:http://127.0.0.1/v1", "openai:ftp://h/v1#m", "openai:#m", "Offline"} {
		if _, err := parseModel(setting, "us-east-1"); err == nil || !strings.Contains(err.Error(), `"`+setting+`"`) {
			t.Errorf("%q: %v", setting, err)
		}
	}
}

func TestAssistantOfEachSetting(t *testing.T) {
	engine, err := offline.New()
	if err != nil {
		t.Fatal(err)
	}
	f := Function{AWS: awsConfig(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	f.AWS.Region = "ap-southeast-1"
	for setting, name := range map[string]string{
		"offline": "offline", "off": "off", "bedrock": "global.anthropic.claude-haiku-5-5",
		"bedrock:us.amazon.nova-micro-v1:0": "us.amazon.nova-micro-v1:0", "openai:http://127.0.0.1:1/v1#small": "small",
	} {
		chosen, err := parseModel(setting, f.AWS.Region)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.assistant(chosen, engine, nil).Name(); got != name {
			t.Errorf("%s: assistant %s, want %s", setting, got, name)
		}
	}
}

func FuzzModelSetting(f *testing.F) {
	f.Add("openai:http://127.0.0.1:11434/v1#qwen3")
	f.Add("bedrock:arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.m")
	f.Fuzz(func(t *testing.T, setting string) {
		got, err := parseModel(setting, "us-east-1")
		if err == nil && got.kind == "openai" && (got.id == "" || got.base == "") {
			t.Errorf("%q became %+v", setting, got)
		}
	})
}
