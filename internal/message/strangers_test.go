package message

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMailOfStrangersIsUsable reads the test mails of public mail libraries, which
// come with the modules and with Go itself: made to break parsers, and each of
// them must become something a person can read.
func TestMailOfStrangersIsUsable(t *testing.T) {
	folder := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), "go", args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	enmime := filepath.Join(folder("list", "-m", "-f", "{{.Dir}}", "github.com/jhillyerd/enmime/v2"), "testdata")
	mails := 0
	for _, pattern := range []string{
		filepath.Join(enmime, "*", "*.raw"), filepath.Join(folder("env", "GOROOT"), "src/mime/multipart/testdata/*"),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			mails++
			m := Read(raw, Limits{})
			assertSound(t, m)
			_, body, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
			if len(bytes.TrimSpace(body)) > 0 && m.Text == "" && m.Subject == "" && len(m.From) == 0 && len(m.Attachments) == 0 {
				t.Errorf("nothing to see of %s", filepath.Base(name))
			}
		}
	}
	if mails < 80 {
		t.Errorf("only %d mails were found", mails)
	}
}
