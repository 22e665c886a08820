package message

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the code does now")

// TestReadFixtures reads each mail of testdata and compares all of the result with the golden
// file beside it. Fixtures keep LF line ends; those whose case needs others say so in a name
// ending in ".raw.eml" and are kept byte for byte.
func TestReadFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".eml"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m := Read(raw, Limits{})
			assertSound(t, m)
			compareGolden(t, strings.TrimSuffix(file, ".eml")+".json", m)
		})
	}
}

func compareGolden(t *testing.T, file string, value any) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("differs from %s\ngot:\n%s\nwant:\n%s", file, got.Bytes(), want)
	}
}

// assertSound checks what holds for every message, whatever the mail.
func assertSound(t *testing.T, m *Message) {
	t.Helper()
	encoded, err := json.Marshal(m)
	if err != nil {
		t.Fatalf("no JSON: %v", err)
	}
	for _, s := range everyString(m) {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Fatalf("not clean UTF-8: %q in %s", s, encoded)
		}
	}
	if strings.TrimSpace(m.Text) != "" && m.Visible == "" {
		t.Fatalf("nothing visible of %q", m.Text)
	}
	assertFolds(t, m.Text, m.Folds)
	for _, a := range m.Attachments {
		if a.Name == "" || a.ContentType == "" {
			t.Fatalf("attachment without name or type: %+v", a)
		}
	}
}

func assertFolds(t *testing.T, text string, folds []Fold) {
	t.Helper()
	end := 0
	for _, f := range folds {
		if f.Start < end || f.End <= f.Start || f.End > len(text) || !utf8.ValidString(text[f.Start:f.End]) {
			t.Fatalf("bad fold %+v in %q", f, text)
		}
		end = f.End
	}
}

func everyString(m *Message) []string {
	list := []string{m.MessageID, m.Subject, m.Text, m.HTML, m.Visible, m.Quoted, m.Signature, m.AutomaticReason}
	list = append(list, m.InReplyTo...)
	list = append(list, m.References...)
	for _, addresses := range [][]Address{m.From, m.Sender, m.ReplyTo, m.To, m.Cc, m.Bcc} {
		for _, a := range addresses {
			list = append(list, a.Name, a.Address)
		}
	}
	for _, f := range m.Header {
		list = append(list, f.Name, f.Value)
	}
	for _, a := range m.Attachments {
		list = append(list, a.Name, a.ContentType, a.ContentID)
	}
	for _, w := range m.Warnings {
		list = append(list, string(w.Code), w.Detail)
	}
	if b := m.Bounce; b != nil {
		list = append(list, b.MessageID, b.Status, b.Diagnostic)
		list = append(list, b.Recipients...)
	}
	return list
}
