package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// sendingsKept is how long the count of a mailbox that no longer sends stays.
const sendingsKept = 8 * 24 * time.Hour

func sentSort(box desk.MailboxID) string { return "sent#" + string(box) }

// sendingsItem is what a mailbox has sent as its item keeps it: a day of hours
// within one write unit.
type sendingsItem struct {
	Hours   [][3]int64 `json:"h,omitempty"` // Unix seconds, messages, recipients
	Minutes [][3]int64 `json:"m,omitempty"`
	Until   int64      `json:"u,omitempty"`
	Code    string     `json:"c,omitempty"`
}

// Sendings reads what a mailbox has sent lately; zero when it has sent nothing.
func (t *Table) Sendings(ctx context.Context, org desk.OrgID, box desk.MailboxID) (s desk.Sendings, err error) {
	it, err := t.get(ctx, orgKey(org), sentSort(box), true)
	if err != nil || it == nil {
		return s, err
	}
	var read sendingsItem
	if err := json.Unmarshal([]byte(getS(it, "s")), &read); err != nil {
		return s, fmt.Errorf("reading what a mailbox has sent: %w", err)
	}
	s = desk.Sendings{Hours: buckets(read.Hours), Minutes: buckets(read.Minutes), Code: read.Code, Version: getN(it, "v")}
	if read.Until > 0 {
		s.Until = time.Unix(read.Until, 0).UTC()
	}
	return s, nil
}

// PutSendings stores it anew if nobody counted since it was read; Conflict else.
func (t *Table) PutSendings(ctx context.Context, org desk.OrgID, box desk.MailboxID, s desk.Sendings) error {
	write := sendingsItem{Hours: numbers(s.Hours), Minutes: numbers(s.Minutes), Code: s.Code}
	if !s.Until.IsZero() {
		write.Until = s.Until.Unix()
	}
	text, err := json.Marshal(write)
	if err != nil {
		return fmt.Errorf("writing what a mailbox has sent: %w", err)
	}
	it := key(orgKey(org), sentSort(box))
	it["s"], it["v"], it["ttl"] = str(string(text)), num(s.Version+1), num(t.now().Add(sendingsKept).Unix())
	if s.Version == 0 {
		return t.put(ctx, it, "attribute_not_exists(pk)", nil)
	}
	return t.put(ctx, it, "v = :v", item{":v": num(s.Version)})
}

func buckets(in [][3]int64) []desk.SentIn {
	out := make([]desk.SentIn, len(in))
	for i, b := range in {
		out[i] = desk.SentIn{From: time.Unix(b[0], 0).UTC(), Messages: int(b[1]), Recipients: int(b[2])}
	}
	return out
}

func numbers(in []desk.SentIn) [][3]int64 {
	out := make([][3]int64, len(in))
	for i, b := range in {
		out[i] = [3]int64{b.From.Unix(), int64(b.Messages), int64(b.Recipients)}
	}
	return out
}
