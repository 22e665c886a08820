package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

var update = flag.Bool("update", false, "take the prompts' present texts for their versions")

const sumsFile = "testdata/prompts.sum"

// What is stored with an artefact names a prompt by its version, so a text that
// changes needs a new one. Raise it, then run with -update.
func TestChangedPromptsHaveNewVersions(t *testing.T) {
	var lines []string
	for _, task := range Tasks {
		p := promptOf(task)
		sum := sha256.Sum256([]byte(p.text))
		lines = append(lines, fmt.Sprintf("%s %s", p.name, hex.EncodeToString(sum[:8])))
	}
	slices.Sort(lines)
	got := strings.Join(slices.Compact(lines), "\n") + "\n"
	known, err := os.ReadFile(sumsFile)
	if err == nil && got == string(known) {
		return
	}
	if !*update {
		t.Fatalf("prompts are\n%sknown are\n%s", got, known)
	}
	for line := range strings.Lines(got) {
		name, _, _ := strings.Cut(line, " ")
		if strings.Contains("\n"+string(known), "\n"+name+" ") && !strings.Contains(string(known), line) {
			t.Fatalf("%s changed under its old version", name)
		}
	}
	if err := os.WriteFile(sumsFile, []byte(got), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEveryTaskHasAPrompt(t *testing.T) {
	for _, task := range Tasks {
		p := promptOf(task)
		if len(p.text) < 500 || strings.HasSuffix(p.name, "@") || !strings.Contains(p.text, "<<<end fence>>>") || !strings.Contains(p.text, assist.Canary) {
			t.Errorf("%s: %s, %d bytes", task, p.name, len(p.text))
		}
	}
}

// Strict grammars take neither optional fields nor maxItems.
func TestSchemasAreClosed(t *testing.T) {
	for _, tool := range []Tool{triageTool(), suggestTool(aliasLimit), draftTool(aliasLimit), suggestTool(aliasLimit + 1), draftTool(aliasLimit + 1), textTool()} {
		var schema map[string]any
		if err := json.Unmarshal(tool.Schema, &schema); err != nil {
			t.Fatalf("%s: %v", tool.Name, err)
		}
		walk(t, tool.Name, schema)
	}
	text := string(suggestTool(0).Schema)
	if !strings.Contains(text, `"required":["s1","s2","s3"]`) || strings.Contains(text, "maxItems") || !strings.Contains(text, `"K8"`) {
		t.Errorf("suggestions: %s", text)
	}
}

func walk(t *testing.T, path string, schema map[string]any) {
	t.Helper()
	switch schema["type"] {
	case "object":
		properties := schema["properties"].(map[string]any)
		if schema["additionalProperties"] != false || len(schema["required"].([]any)) != len(properties) {
			t.Errorf("%s is open", path)
		}
		for name, p := range properties {
			walk(t, path+"."+name, p.(map[string]any))
		}
	case "array":
		walk(t, path+"[]", schema["items"].(map[string]any))
	case "string":
	default:
		t.Errorf("%s has type %v", path, schema["type"])
	}
}

// The figure to hold is 1,900 input tokens for a typical mail; ours are counted
// on the high side.
func TestTriageIsCheap(t *testing.T) {
	for name, mail := range map[string]assist.Mail{
		"English": {Store: desk.AmazonCom, Subject: "Inquiry from Amazon customer Dana (Order: 111-2223334-5556667)", OrderNumbers: []string{"111-2223334-5556667"},
			Text: strings.Repeat("I ordered the lamp two weeks ago and it has still not arrived, can you tell me where it is? ", 8)},
		"Japanese": {Store: desk.AmazonCom, Subject: "注文について", Text: strings.Repeat("二週間前に注文したランプがまだ届きません。どうなっていますか。", 10)},
	} {
		size := Tokens(promptOf(Triage).text) + Tokens(triagePage(mail, newMasks())) + Tokens(triageTool().Name+triageTool().Description+string(triageTool().Schema))
		const toolUse = 350 // what Claude adds for tools
		t.Logf("%s: %d tokens and %d for tool use", name, size, toolUse)
		if size+toolUse > 1900 {
			t.Errorf("%s: %d tokens", name, size+toolUse)
		}
	}
}

func TestLongCasesAreTrimmed(t *testing.T) {
	long := strings.Repeat("very long text of a mail ", 4000)
	c := assist.Case{Mail: assist.Mail{Subject: long, Text: long}, Buyer: long, Language: "de"}
	for range 20 {
		c.History = append(c.History, assist.Turn{Direction: desk.Incoming, Text: long})
		c.Entries = append(c.Entries, desk.Entry{ID: "e", Topic: "t", Answer: strings.Repeat("answer ", 300)})
	}
	p, shown := casePage(c, newMasks())
	if n := Tokens(p.String()); n > mailTokens+historyTokens+entryTokens+500 || len(shown) != aliasLimit {
		t.Errorf("%d tokens, %d entries", n, len(shown))
	}
}
