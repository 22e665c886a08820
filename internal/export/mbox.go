package export

import (
	"bytes"
	"strings"
	"time"
)

// appendMail appends a mail to an mbox of the kind mboxrd: a line "From " before
// it, an empty one after it, and a ">" before each line of it that begins with any
// number of ">" and "From ", so that taking one off brings every byte back. A mail
// that does not end with a line end gets one.
//
// Source: https://www.loc.gov/preservation/digital/formats/fdd/fdd000385.shtml
func appendMail(mbox *bytes.Buffer, sender string, at time.Time, raw []byte) {
	if sender == "" || strings.ContainsFunc(sender, func(c rune) bool { return c <= ' ' || c > '~' }) {
		sender = "MAILER-DAEMON"
	}
	mbox.Grow(len(raw) + len(raw)/64 + 200)
	mbox.WriteString("From " + sender + " " + at.UTC().Format(time.ANSIC) + "\n")
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			mbox.WriteByte('>')
		}
		mbox.Write(line)
	}
	if len(raw) > 0 && raw[len(raw)-1] != '\n' {
		mbox.WriteByte('\n')
	}
	mbox.WriteByte('\n')
}
