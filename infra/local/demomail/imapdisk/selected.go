package imapdisk

import (
	"bufio"
	"bytes"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// numbered is a mail with the sequence number this session knows it by.
type numbered struct {
	*record
	seq uint32
}

// pick returns the mails a command names, leaving out those this session has not been told of.
func (s *Session) pick(set imap.NumSet) []numbered {
	f := s.folder
	f.mu.Lock()
	defer f.mu.Unlock()
	var picked []numbered
	contains := f.containsLocked(set, s.tracker)
	for i, r := range f.mails {
		seq := s.tracker.EncodeSeqNum(uint32(i) + 1)
		if seq != 0 && contains(seq, r.UID) {
			picked = append(picked, numbered{r, seq})
		}
	}
	return picked
}

// containsLocked resolves "*" and returns the membership test of a set. "n:*" always holds the
// last mail, even when n is greater (RFC 3501 §6.4.8).
func (f *folder) containsLocked(set imap.NumSet, tracker *imapserver.SessionTracker) func(seq uint32, uid imap.UID) bool {
	switch set := set.(type) {
	case imap.UIDSet:
		var last imap.UID
		if n := len(f.mails); n > 0 {
			last = f.mails[n-1].UID
		}
		fixed := slices.Clone(set)
		for i, r := range fixed {
			start, stop := bounds(uint32(r.Start), uint32(r.Stop), uint32(last))
			fixed[i] = imap.UIDRange{Start: imap.UID(start), Stop: imap.UID(stop)}
		}
		return func(_ uint32, uid imap.UID) bool { return fixed.Contains(uid) }
	case imap.SeqSet:
		var last uint32
		for n := uint32(len(f.mails)); n > 0 && last == 0; n-- {
			last = tracker.EncodeSeqNum(n)
		}
		fixed := slices.Clone(set)
		for i, r := range fixed {
			fixed[i].Start, fixed[i].Stop = bounds(r.Start, r.Stop, last)
		}
		return func(seq uint32, _ imap.UID) bool { return fixed.Contains(seq) }
	}
	return func(uint32, imap.UID) bool { return false }
}

// bounds replaces 0, which stands for "*", and puts the two in order.
func bounds(start, stop, last uint32) (uint32, uint32) {
	if start != 0 && stop != 0 {
		return start, stop
	}
	if start == 0 {
		start = last
	}
	if stop == 0 {
		stop = last
	}
	return min(start, stop), max(start, stop)
}

func uidsOf(mails []numbered) imap.UIDSet {
	var set imap.UIDSet
	for _, m := range mails {
		set.AddNum(m.UID)
	}
	return set
}

func (s *Session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if err := s.markSeen(set, options); err != nil {
		return err
	}
	for _, m := range s.pick(set) {
		if err := s.folder.write(w.CreateMessage(m.seq), m.record, options); err != nil {
			return err
		}
	}
	return nil
}

// markSeen is the side effect of BODY[] without PEEK.
func (s *Session) markSeen(set imap.NumSet, options *imap.FetchOptions) error {
	peeks := !slices.ContainsFunc(options.BodySection, func(b *imap.FetchItemBodySection) bool { return !b.Peek }) &&
		!slices.ContainsFunc(options.BinarySection, func(b *imap.FetchItemBinarySection) bool { return !b.Peek })
	if peeks || s.readOnly {
		return nil
	}
	seen := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}
	return s.folder.setFlags(uidsOf(s.pick(set)), seen, nil)
}

// write answers FETCH for one mail.
func (f *folder) write(w *imapserver.FetchResponseWriter, r *record, o *imap.FetchOptions) error {
	w.WriteUID(r.UID)
	if o.Flags {
		w.WriteFlags(r.Flags)
	}
	if o.InternalDate {
		w.WriteInternalDate(r.Date)
	}
	if o.RFC822Size {
		w.WriteRFC822Size(r.Size)
	}
	if err := f.writeContent(w, r, o); err != nil {
		return err
	}
	return w.Close()
}

func (f *folder) writeContent(w *imapserver.FetchResponseWriter, r *record, o *imap.FetchOptions) error {
	wanted := len(o.BodySection) + len(o.BinarySection) + len(o.BinarySectionSize)
	if !o.Envelope && o.BodyStructure == nil && wanted == 0 {
		return nil
	}
	raw, err := f.read(r.UID)
	if err != nil {
		return err
	}
	if o.Envelope {
		header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return err
		}
		w.WriteEnvelope(imapserver.ExtractEnvelope(header))
	}
	if o.BodyStructure != nil {
		w.WriteBodyStructure(imapserver.ExtractBodyStructure(bytes.NewReader(raw)))
	}
	for _, section := range o.BodySection {
		part := imapserver.ExtractBodySection(bytes.NewReader(raw), section)
		if err := writeLiteral(w.WriteBodySection(section, int64(len(part))), part); err != nil {
			return err
		}
	}
	for _, section := range o.BinarySection {
		part := imapserver.ExtractBinarySection(bytes.NewReader(raw), section)
		if err := writeLiteral(w.WriteBinarySection(section, int64(len(part))), part); err != nil {
			return err
		}
	}
	for _, section := range o.BinarySectionSize {
		w.WriteBinarySectionSize(section, imapserver.ExtractBinarySectionSize(bytes.NewReader(raw), section))
	}
	return nil
}

func writeLiteral(w interface {
	Write([]byte) (int, error)
	Close() error
}, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}

func (s *Session) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	if s.readOnly {
		return errReadOnly
	}
	if err := s.folder.setFlags(uidsOf(s.pick(set)), flags, s.tracker); err != nil {
		return err
	}
	if flags.Silent {
		return nil
	}
	return s.Fetch(w, set, &imap.FetchOptions{Flags: true})
}

// Expunge removes what is marked \Deleted. CLOSE calls it too, so a read-only folder is no error.
func (s *Session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	if s.readOnly {
		return nil
	}
	return s.folder.remove(func(r *record) bool {
		return slices.Contains(r.Flags, imap.FlagDeleted) && (uids == nil || uids.Contains(r.UID))
	})
}

func (s *Session) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	return s.copyMails(s.pick(set), dest)
}

func (s *Session) copyMails(mails []numbered, dest string) (*imap.CopyData, error) {
	to := s.account.folder(dest)
	switch to {
	case nil:
		return nil, errTryCreate
	case s.folder:
		return nil, errSameFolder
	}
	data := &imap.CopyData{UIDValidity: to.current().UIDValidity}
	for _, m := range mails {
		raw, err := s.folder.read(m.UID)
		if err != nil {
			return nil, err
		}
		uid, err := to.add(raw, m.Date, m.Flags, "")
		if err != nil {
			return nil, err
		}
		data.SourceUIDs.AddNum(m.UID)
		data.DestUIDs.AddNum(uid)
	}
	return data, nil
}

// Move copies, then removes; the EXPUNGE answers go out when the server polls after the command.
func (s *Session) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	if s.readOnly {
		return errReadOnly
	}
	mails := s.pick(set)
	data, err := s.copyMails(mails, dest)
	if err != nil {
		return err
	}
	if err := w.WriteCopyData(data); err != nil {
		return err
	}
	moved := uidsOf(mails)
	return s.folder.remove(func(r *record) bool { return moved.Contains(r.UID) })
}
