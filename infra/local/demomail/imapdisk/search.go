package imapdisk

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // text is searched decoded
	"github.com/emersion/go-message/mail"
)

func (s *Session) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, _ *imap.SearchOptions) (*imap.SearchData, error) {
	var data imap.SearchData
	var seqs imap.SeqSet
	var uids imap.UIDSet
	for _, m := range s.pick(imap.SeqSet{{Start: 1, Stop: 0}}) {
		if !s.match(&candidate{numbered: m, folder: s.folder}, criteria) {
			continue
		}
		seqs.AddNum(m.seq)
		uids.AddNum(m.UID)
		number := m.seq
		if kind == imapserver.NumKindUID {
			number = uint32(m.UID)
		}
		if data.Min == 0 {
			data.Min = number
		}
		data.Max = number
		data.Count++
	}
	data.All = seqs
	if kind == imapserver.NumKindUID {
		data.All = uids
	}
	return &data, nil
}

// candidate is a mail being searched; its text is read only when a criterion needs it.
type candidate struct {
	numbered
	folder *folder
	raw    []byte
}

func (c *candidate) entity() *message.Entity {
	if c.raw == nil {
		c.raw, _ = c.folder.read(c.UID) // a mail that cannot be read matches no text
	}
	e, _ := message.Read(bytes.NewReader(c.raw))
	if e == nil {
		e, _ = message.New(message.Header{}, strings.NewReader(""))
	}
	return e
}

func (s *Session) match(c *candidate, criteria *imap.SearchCriteria) bool {
	return s.matchNumbers(c, criteria) && matchFlags(c, criteria) && matchSize(c, criteria) &&
		inDays(c.Date, criteria.Since, criteria.Before) && matchHeader(c, criteria) &&
		matchText(c, criteria) && s.matchLogic(c, criteria)
}

func (s *Session) matchNumbers(c *candidate, criteria *imap.SearchCriteria) bool {
	s.folder.mu.Lock()
	defer s.folder.mu.Unlock()
	for _, set := range criteria.SeqNum {
		if !s.folder.containsLocked(set, s.tracker)(c.seq, c.UID) {
			return false
		}
	}
	for _, set := range criteria.UID {
		if !s.folder.containsLocked(set, s.tracker)(c.seq, c.UID) {
			return false
		}
	}
	return true
}

func matchFlags(c *candidate, criteria *imap.SearchCriteria) bool {
	for _, flag := range canonicalFlags(criteria.Flag) {
		if !slices.Contains(c.Flags, flag) {
			return false
		}
	}
	for _, flag := range canonicalFlags(criteria.NotFlag) {
		if slices.Contains(c.Flags, flag) {
			return false
		}
	}
	return true
}

func matchSize(c *candidate, criteria *imap.SearchCriteria) bool {
	return (criteria.Larger == 0 || c.Size > criteria.Larger) && (criteria.Smaller == 0 || c.Size < criteria.Smaller)
}

// inDays compares dates without time and zone (RFC 3501 §6.4.4).
func inDays(t, since, before time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (since.IsZero() || !day.Before(since)) && (before.IsZero() || day.Before(before))
}

func matchHeader(c *candidate, criteria *imap.SearchCriteria) bool {
	wantsSent := !criteria.SentSince.IsZero() || !criteria.SentBefore.IsZero()
	if len(criteria.Header) == 0 && !wantsSent {
		return true
	}
	header := mail.Header{Header: c.entity().Header}
	for _, want := range criteria.Header {
		if !fieldContains(header.FieldsByKey(want.Key), want.Value) {
			return false
		}
	}
	if !wantsSent {
		return true
	}
	sent, err := header.Date()
	return err == nil && inDays(sent, criteria.SentSince, criteria.SentBefore)
}

// fieldContains is also true for an empty pattern when the field is there.
func fieldContains(fields message.HeaderFields, pattern string) bool {
	for fields.Next() {
		if value, _ := fields.Text(); containsFold(value, pattern) {
			return true
		}
	}
	return false
}

func matchText(c *candidate, criteria *imap.SearchCriteria) bool {
	for _, text := range criteria.Body {
		if !entityContains(c.entity(), text) {
			return false
		}
	}
	for _, text := range criteria.Text {
		if !fieldContains(c.entity().Header.Fields(), text) && !entityContains(c.entity(), text) {
			return false
		}
	}
	return true
}

func entityContains(e *message.Entity, pattern string) bool {
	if parts := e.MultipartReader(); parts != nil {
		for {
			part, err := parts.NextPart()
			if part == nil || err != nil && !message.IsUnknownCharset(err) {
				return false
			}
			if entityContains(part, pattern) {
				return true
			}
		}
	}
	kind, _, _ := e.Header.ContentType()
	if kind != "" && !strings.HasPrefix(kind, "text/") && !strings.HasPrefix(kind, "message/") {
		return false
	}
	text, _ := io.ReadAll(e.Body)
	return containsFold(string(text), pattern)
}

func containsFold(text, pattern string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(pattern))
}

func (s *Session) matchLogic(c *candidate, criteria *imap.SearchCriteria) bool {
	for i := range criteria.Not {
		if s.match(c, &criteria.Not[i]) {
			return false
		}
	}
	for i := range criteria.Or {
		if !s.match(c, &criteria.Or[i][0]) && !s.match(c, &criteria.Or[i][1]) {
			return false
		}
	}
	return true
}
