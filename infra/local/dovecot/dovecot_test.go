package dovecot_test

import (
	"os"
	"testing"

	"github.com/quilldesk/quilldesk/infra/local/dovecot"
)

// The client suite of internal/imap tells whether it serves mail; here only that
// it leaves nothing behind.
func TestNothingIsLeftAfterClose(t *testing.T) {
	var folder string
	t.Run("running", func(t *testing.T) {
		s := dovecot.Start(t)
		folder = s.Maildir
		if err := s.Deliver([]byte("Subject: Where is it?\r\n\r\nHello\r\n")); err != nil {
			t.Fatal(err)
		}
	})
	if folder == "" {
		t.SkipNow() // as the sub-test says
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", folder, err)
	}
}
