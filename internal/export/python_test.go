package export

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// reader prints every mail of an mbox in hexadecimal, as Python's own module reads
// it. That one leaves the ">" of quoted lines in place.
const reader = `
import mailbox, sys
for key in (box := mailbox.mbox(sys.argv[1])).keys():
    print(box.get_bytes(key).hex())
`

// A reader that is not ours finds the same mails, byte for byte.
func TestPythonReadsTheMbox(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is missing: the mbox is read by our own reader only")
	}
	var mbox bytes.Buffer
	for _, raw := range originals {
		appendMail(&mbox, "kim@buyers.example", noon, []byte(raw))
	}
	appendMail(&mbox, "", noon, []byte("Subject: no line end"))
	file := filepath.Join(t.TempDir(), "mail.mbox")
	if err := os.WriteFile(file, mbox.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", reader, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	read := strings.Fields(string(out))
	want := append(append([]string(nil), originals...), "Subject: no line end\n")
	if len(read) != len(want) {
		t.Fatalf("%d mails, want %d", len(read), len(want))
	}
	for i, text := range read {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := unquote(raw); string(got) != want[i] {
			t.Errorf("mail %d is %q, want %q", i, got, want[i])
		}
	}
}

func unquote(quoted []byte) (raw []byte) {
	for line := range bytes.Lines(quoted) {
		if bytes.HasPrefix(line, []byte(">")) && bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			line = line[1:]
		}
		raw = append(raw, line...)
	}
	return raw
}

// Whatever a mail is made of, it comes back.
func FuzzMbox(f *testing.F) {
	for _, raw := range originals {
		f.Add([]byte(raw), []byte(originals[0]))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var mbox bytes.Buffer
		appendMail(&mbox, "a b", noon, first)
		appendMail(&mbox, "kim@buyers.example", noon, second)
		mails := parse(mbox.Bytes())
		if len(mails) != 2 {
			t.Fatalf("%d mails in %q", len(mails), mbox.Bytes())
		}
		for i, raw := range [][]byte{first, second} {
			if len(raw) > 0 && raw[len(raw)-1] != '\n' {
				raw = append(bytes.Clone(raw), '\n')
			}
			if !bytes.Equal(mails[i], raw) {
				t.Errorf("%q became %q", raw, mails[i])
			}
		}
	})
}
