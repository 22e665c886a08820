package mailbox

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// parcel is a mail of about that many bytes, nearly all of them in a file.
func parcel(id, subject string, size int) []byte {
	return letter{
		id: id, from: kim, subject: subject, text: strings.Repeat(strings.Repeat("A", 76)+"\r\n", size/78),
		head: []string{"MIME-Version: 1.0", "Content-Type: application/octet-stream; name=lamp.bin", "Content-Transfer-Encoding: base64"},
	}.raw()
}

// intact checks that a mail was kept byte for byte and that no piece of it is left.
func (d *desktop) intact(raw []byte) {
	d.Helper()
	if kept := d.raw.get(RawKey(d.box.Org, d.box.ID, contentID(raw))); !bytes.Equal(kept, raw) {
		d.Errorf("%d bytes are kept, want %d", len(kept), len(raw))
	}
	d.noPieces()
}

func (d *desktop) noPieces() {
	d.Helper()
	for key := range d.raw.kept {
		if strings.Contains(key, "/large/") {
			d.Errorf("left: %s", key)
		}
	}
	if s := d.sync(); len(s.Large) > 0 || s.Pending != nil {
		d.Errorf("still under way: %+v, %+v", s.Large, s.Pending)
	}
}

func TestALargeMailComesInPieces(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	raw := parcel("huge@x", "Huge", 2*pieceBytes+pieceBytes/2)
	d.account.put(inbox, noon, question(1))
	d.account.put(inbox, noon, raw)
	d.account.put(inbox, noon, question(2))
	if more := d.fetch(); more {
		t.Error("more is left")
	}
	if got := strings.Join(d.account.steps, ","); !strings.Contains(got, fmt.Sprintf("piece INBOX 2 0,piece INBOX 2 %d,piece INBOX 2 %d", pieceBytes, 2*pieceBytes)) {
		t.Errorf("steps %s", got)
	}
	if n := len(d.threads()); n != 3 || d.sync().Cursors[inbox].LastUID != 3 {
		t.Errorf("%d conversations, %+v", n, d.sync())
	}
	d.intact(raw)
	d.consistent()
}

func TestAMailAboveTheLimitIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	raw := parcel("monster@x", "Monster", maxMail+pieceBytes/2)
	d.account.put(inbox, noon, raw)
	d.fetch()
	th := d.only()
	if !strings.Contains(fmt.Sprint(th.Messages[0].Warnings), "mail_cut") {
		t.Errorf("warnings %v", th.Messages[0].Warnings)
	}
	d.intact(raw[:maxMail])
}

// TestASlowLineBlocksNothing lets three megabytes through before each break: the mail still
// arrives, and what comes meanwhile does not wait for it.
func TestASlowLineBlocksNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	raw := parcel("slow@x", "Slow", pieceBytes+pieceBytes/2)
	d.account.line = 3 << 20
	d.account.put(inbox, noon, raw)
	for visit := range 5 {
		d.account.put(inbox, noon, question(visit))
		d.fetch()
		if n := len(d.threads()); visit > 0 && visit < 4 && n != visit+1 {
			t.Errorf("visit %d: %d conversations", visit, n)
		}
		if s := d.sync(); visit < 4 && (len(s.Large) != 1 || s.Large[0].Have != int64(visit+1)*3<<20 || visit > 0 && s.Cursors[inbox].LastUID != uint32(visit+2)) {
			t.Errorf("visit %d: %+v", visit, s)
		}
		d.now = d.now.Add(time.Hour)
	}
	if n := len(d.threads()); n != 6 {
		t.Errorf("%d conversations", n)
	}
	d.intact(raw)
	d.consistent()
}

func TestPiecesThatDoNotAddUpAreReadWhole(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]int64{"told longer": 3 << 20, "told shorter": -3 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			raw := parcel("liar@x", "Liar", pieceBytes+pieceBytes/2)
			d.account.put(inbox, noon, raw)
			d.account.folders[inbox].mails[0].size += told
			d.fetch()
			if w := d.only().Messages[0].Warnings; strings.Contains(fmt.Sprint(w), "mail_cut") {
				t.Errorf("warnings %v", w)
			}
			d.intact(raw)
		})
	}
}

func TestALiteralLongerThanTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	raw := parcel("long@x", "Long", pieceBytes+pieceBytes/2)
	d.account.put(inbox, noon, question(1))
	d.account.put(inbox, noon, raw)
	d.account.put(inbox, noon, question(2))
	d.account.folders[inbox].mails[1].size = 100
	d.fetch()
	if n := len(d.threads()); n != 3 {
		t.Errorf("%d conversations: %v", n, subjects(d.threads()))
	}
	d.intact(raw)
}

func TestALargeMailThatGoesAwayWhileItIsRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.line = 3 << 20
	d.account.put(inbox, noon, parcel("gone@x", "Gone", 2*pieceBytes))
	d.fetch()
	d.account.folders[inbox].mails = nil
	d.now = d.now.Add(time.Hour)
	d.fetch()
	if s := d.sync(); s.State != desk.SyncOK {
		t.Errorf("sync %+v", s)
	}
	d.noPieces()
}

// A mail within one piece can be too much for a line, too.
func TestAMailThatTakesMoreThanARunIsReadInPieces(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	raw := parcel("small@x", "Small", 1<<20)
	d.account.put(inbox, noon, raw)
	d.now = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	d.account.folders[inbox].mails[0].stalls = true
	more, err := d.syncer("one").Run(ctx, d.box.Org, d.box.ID)
	if s := d.sync(); err != nil || !more || len(s.Large) != 1 || s.State == desk.SyncBackoff {
		t.Fatalf("more %v, %v, %+v", more, err, s)
	}
	d.fetch()
	d.only()
	d.intact(raw)
}

// TestACrashInALargeMailLosesAndDoublesNothing kills a visit at every write.
func TestACrashInALargeMailLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	raw := parcel("crash@x", "Crash", pieceBytes+pieceBytes/2)
	for at := int64(1); at <= 14; at++ {
		t.Run(fmt.Sprint("write ", at), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.account.put(inbox, noon, question(1))
			d.account.put(inbox, noon, raw)
			d.crashAt(at)
			d.now = d.now.Add(time.Hour)
			d.fetch()
			if n := len(d.threads()); n != 2 {
				t.Errorf("%d conversations: %v", n, subjects(d.threads()))
			}
			d.intact(raw)
			d.consistent()
		})
	}
}
