package imap

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
)

var statusItems = imap.StatusOptions{UIDNext: true, UIDValidity: true, NumMessages: true}

// Status asks whether a folder has anything new without opening it; what Dial
// asked already is not asked again. UIDNext is 0 where the server does not say
// (163, 2026), UIDValidity is 0 where it does not understand the question: then
// only a look inside tells.
func (c *Conn) Status(folder string) (desk.FolderStatus, error) {
	if a, ok := c.answers[folder]; ok {
		delete(c.answers, folder)
		return a.status, a.err
	}
	c.ask()
	defer c.rest()
	return c.stands(c.client.Status(folder, &statusItems))
}

func (c *Conn) stands(cmd *imapclient.StatusCommand) (desk.FolderStatus, error) {
	data, err := cmd.Wait()
	var refused *imap.Error
	if errors.As(err, &refused) && refused.Type == imap.StatusResponseTypeBad {
		return desk.FolderStatus{}, nil
	}
	if err != nil {
		return desk.FolderStatus{}, c.explain(err, "folder_missing")
	}
	s := desk.FolderStatus{UIDValidity: data.UIDValidity, UIDNext: uint32(data.UIDNext)}
	if data.NumMessages != nil {
		s.Messages = *data.NumMessages
	}
	return s, nil
}

// Open examines a folder, which changes no flags, and says how it stands.
func (c *Conn) Open(folder string) (desk.FolderStatus, error) {
	c.ask()
	defer c.rest()
	return c.examined(c.examine(folder), folder)
}

// examine sends EXAMINE, unless the folder is open.
func (c *Conn) examine(folder string) *imapclient.SelectCommand {
	if c.selected == folder {
		return nil
	}
	c.selected = ""
	return c.client.Select(folder, &imap.SelectOptions{ReadOnly: true})
}

func (c *Conn) examined(cmd *imapclient.SelectCommand, folder string) (desk.FolderStatus, error) {
	if cmd == nil {
		return c.opened, nil
	}
	data, err := cmd.Wait()
	if err != nil {
		return desk.FolderStatus{}, c.explain(err, "folder_missing")
	}
	c.selected = folder
	c.opened = desk.FolderStatus{UIDValidity: data.UIDValidity, UIDNext: uint32(data.UIDNext), Messages: data.NumMessages}
	return c.opened, nil
}

// roles are the SPECIAL-USE flags of LIST, RFC 6154, in our words.
var roles = map[imap.MailboxAttr]string{
	imap.MailboxAttrSent: "sent", imap.MailboxAttrDrafts: "drafts", imap.MailboxAttrTrash: "trash",
	imap.MailboxAttrJunk: "junk", imap.MailboxAttrArchive: "archive", imap.MailboxAttrAll: "all",
}

// Folders lists every folder with its role as far as the server tells it.
func (c *Conn) Folders() ([]desk.Folder, error) {
	c.ask()
	defer c.rest()
	list, err := c.client.List("", "*", nil).Collect()
	if err != nil {
		return nil, c.explain(err, "protocol_error")
	}
	var folders []desk.Folder
	for _, l := range list {
		f := desk.Folder{Name: l.Mailbox, Selectable: !slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) && !slices.Contains(l.Attrs, imap.MailboxAttrNonExistent)}
		for _, attr := range l.Attrs {
			if role, ok := roles[attr]; ok {
				f.Role = role
			}
		}
		if strings.EqualFold(l.Mailbox, "INBOX") {
			f.Role = "inbox"
		}
		folders = append(folders, f)
	}
	return folders, nil
}

// Plain makes Sizes and Fetch ask for nothing but UID, size and text: for mail
// whose date or flags the server writes so that the answer cannot be read. Such
// mail has no date and is never deleted.
func (c *Conn) Plain() { c.plain = true }

// Sizes opens a folder and lists UID, date and size of the mails after a UID,
// ascending, in one round trip. "n+1:*" names the last mail even when nothing is
// new, so UIDs up to after are dropped.
func (c *Conn) Sizes(folder string, after uint32) (desk.FolderStatus, []desk.MailSize, error) {
	c.feed()
	defer c.rest()
	opening := c.examine(folder)
	cmd := c.client.Fetch(uids(after+1, 0), &imap.FetchOptions{UID: true, InternalDate: !c.plain, RFC822Size: true})
	c.line.flow(true) // both leave together
	status, err := c.examined(opening, folder)
	if err != nil {
		_ = cmd.Close() // refused as well
		return status, nil, err
	}
	sizes, err := c.sizes(cmd, after)
	var refused *imap.Error
	if errors.As(err, &refused) && status.Messages == 0 {
		return status, nil, nil // an empty folder has no "*" for some servers
	}
	return status, sizes, c.explain(err, "protocol_error")
}

func (c *Conn) sizes(cmd *imapclient.FetchCommand, after uint32) ([]desk.MailSize, error) {
	var sizes []desk.MailSize
	for msg := c.next(cmd); msg != nil; msg = c.next(cmd) {
		var m desk.MailSize
		for item := msg.Next(); item != nil; item = msg.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				m.UID = uint32(item.UID)
			case imapclient.FetchItemDataRFC822Size:
				m.Size = item.Size
			case imapclient.FetchItemDataInternalDate:
				m.At = item.Time
			}
		}
		if m.UID > after {
			sizes = append(sizes, m)
		}
	}
	if err := cmd.Close(); err != nil {
		return nil, err
	}
	slices.SortFunc(sizes, func(a, b desk.MailSize) int { return cmp.Compare(a.UID, b.UID) })
	return slices.CompactFunc(sizes, func(a, b desk.MailSize) bool { return a.UID == b.UID }), nil
}

func uids(from, to uint32) imap.UIDSet {
	var set imap.UIDSet
	set.AddRange(imap.UID(from), imap.UID(to)) // 0 is "*"
	return set
}

// Fetch reads the mails with after < UID <= to of the open folder in one command
// and hands each to got, whose error ends it, and the line with it; so does the
// end of ctx. Nothing is marked as read. Raw is cut at limit bytes; Size tells
// what the server says of the length.
func (c *Conn) Fetch(ctx context.Context, after, to uint32, limit int64, got func(desk.FetchedMail) error) error {
	defer c.until(ctx)()
	c.ask()
	defer c.rest()
	section := &imap.FetchItemBodySection{Peek: true}
	cmd := c.client.Fetch(uids(after+1, to), &imap.FetchOptions{
		UID: true, Flags: !c.plain, InternalDate: !c.plain, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section},
	})
	for msg := c.next(cmd); msg != nil; msg = c.next(cmd) {
		m, err := c.read(msg, limit)
		if err != nil {
			return c.broken(err)
		}
		if m.UID <= after || m.UID > to || m.Raw == nil {
			continue
		}
		c.rest() // taking the mail in is our time, not the server's
		if err = ctx.Err(); err == nil {
			err = got(m)
		}
		if err != nil {
			c.abandon(cmd)
			return err
		}
		c.feed()
	}
	return c.explain(cmd.Close(), "protocol_error")
}

// until cuts the line when ctx ends before the returned function is called.
func (c *Conn) until(ctx context.Context) (done func()) {
	stop := context.AfterFunc(ctx, func() { c.cut(dial.Explain(context.Cause(ctx))) })
	return func() { stop() }
}

// Piece reads a mail of the open folder from offset on into a buffer, by partial
// fetch, and says how much came: less than asked for at the end of the mail, and
// with every error what came before it. Size is what the server says the piece
// has; a server that ignores the offset gives another.
func (c *Conn) Piece(ctx context.Context, uid uint32, offset int64, into []byte) (n int, err error) {
	defer c.until(ctx)()
	c.ask()
	defer c.rest()
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: offset, Size: int64(len(into))}}
	cmd := c.client.Fetch(uids(uid, uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	found := false
	for msg := c.next(cmd); msg != nil; msg = c.next(cmd) {
		for item := msg.Next(); item != nil; item = msg.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || body.Literal == nil || found {
				continue
			}
			found = true
			if size := body.Literal.Size(); size > int64(len(into)) || !body.MatchCommand(section) {
				c.abandon(cmd)
				return 0, desk.Errorf(desk.Permanent, "pieces_refused", "the server gave %d bytes from elsewhere when asked for %d", size, len(into))
			}
			n, err = io.ReadFull(&fed{c, body.Literal}, into[:body.Literal.Size()])
			if err != nil {
				return n, c.broken(err)
			}
		}
	}
	if err := cmd.Close(); err != nil {
		return n, c.explain(err, "protocol_error")
	}
	if !found {
		return 0, desk.Errorf(desk.NotFound, "mail_gone", "the server no longer has the mail, or does not give it")
	}
	return n, nil
}

// next waits for the next mail of an answer, nil after the last.
func (c *Conn) next(cmd *imapclient.FetchCommand) *imapclient.FetchMessageData {
	msg := cmd.Next()
	c.feed()
	return msg
}

// broken ends an answer that broke off in a mail. The mail must not be touched
// again: the client's reader has taken the line back already (go-imap v2 beta 8).
func (c *Conn) broken(err error) error {
	_ = c.line.Close()
	return c.explain(err, "protocol_error")
}

// abandon gives up an answer between two mails, and with it the line: the rest
// would still have to be read. It drains what the client holds already, since its
// reader waits for that and Close waits for its reader.
func (c *Conn) abandon(cmd *imapclient.FetchCommand) {
	_ = c.line.Close()
	_ = cmd.Close()
}

func (c *Conn) read(msg *imapclient.FetchMessageData, limit int64) (desk.FetchedMail, error) {
	var m desk.FetchedMail
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			m.UID = uint32(item.UID)
		case imapclient.FetchItemDataRFC822Size:
			m.Size = item.Size
		case imapclient.FetchItemDataInternalDate:
			m.At = item.Time
		case imapclient.FetchItemDataFlags:
			m.Deleted = slices.Contains(item.Flags, imap.FlagDeleted)
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil {
				continue
			}
			raw, err := whole(&fed{c, item.Literal}, item.Literal.Size(), limit)
			if err != nil {
				return m, err
			}
			m.Raw, m.Cut = raw, item.Literal.Size() > limit
		}
	}
	return m, nil
}

// whole reads a literal of a size to its end and keeps its first limit bytes. The
// end of the line looks like the end of the literal (go-imap v2 beta 8), and half
// a mail must not pass for one.
func whole(r io.Reader, size, limit int64) ([]byte, error) {
	kept := make([]byte, 0, min(max(size, 0), limit))
	read, err := io.Copy(keep{&kept}, r)
	if err == nil && read < size {
		err = io.ErrUnexpectedEOF
	}
	return kept, err
}

// keep fills the capacity of a slice and drops what is more.
type keep struct{ into *[]byte }

func (k keep) Write(b []byte) (int, error) {
	room := cap(*k.into) - len(*k.into)
	*k.into = append(*k.into, b[:min(len(b), room)]...)
	return len(b), nil
}

// fed keeps the watchdog quiet while a large mail is coming in.
type fed struct {
	c *Conn
	r io.Reader
}

func (f *fed) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	f.c.feed()
	return n, err
}

// Find looks a Message-ID up in a folder's newest mails by their headers: some
// servers ignore parts of SEARCH (QQ, Aliyun), so the headers are compared here.
func (c *Conn) Find(ctx context.Context, folder, messageID string) (bool, error) {
	c.selected = "" // a folder already open does not show what was added since
	status, err := c.Open(folder)
	if err != nil || status.Messages == 0 {
		return false, err
	}
	c.ask()
	defer c.rest()
	first := uint32(1)
	if status.Messages > newest {
		first = status.Messages - newest + 1
	}
	var set imap.SeqSet
	set.AddRange(first, 0)
	section := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-Id"}}
	cmd := c.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	found := false
	for msg := c.next(cmd); msg != nil; msg = c.next(cmd) {
		header, err := c.header(msg)
		if err != nil {
			return false, c.broken(err)
		}
		if err := ctx.Err(); err != nil {
			c.abandon(cmd)
			return false, err
		}
		found = found || bytes.Contains(header, []byte("<"+messageID+">"))
	}
	return found, c.explain(cmd.Close(), "protocol_error")
}

// header reads the header fields of a mail, at most 4 KB of them.
func (c *Conn) header(msg *imapclient.FetchMessageData) (header []byte, err error) {
	for item := msg.Next(); item != nil; item = msg.Next() {
		if body, ok := item.(imapclient.FetchItemDataBodySection); ok && body.Literal != nil {
			if header, err = whole(&fed{c, body.Literal}, body.Literal.Size(), 4096); err != nil {
				return nil, err
			}
		}
	}
	return header, nil
}

// newest is how many mails at the end of a folder Find looks at.
const newest = 30

// Append puts a mail of size bytes, which write writes, into a folder, marked as
// read. When the folder is missing or full the code is append_failed; the line may
// then be gone. It is gone after an error of write's own, which is returned as it is.
func (c *Conn) Append(folder string, size int64, write func(io.Writer) error, at time.Time) error {
	c.ask()
	defer c.rest()
	cmd := c.client.Append(folder, size, &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: at})
	line := &fedWriter{c: c, w: cmd}
	err := write(line)
	if err != nil && line.err == nil {
		_ = c.client.Close() // else the server waits for the rest of the mail
		_ = cmd.Close()
		_, _ = cmd.Wait()
		return err
	}
	// Closing and waiting come in any case: the client holds its lock until then,
	// and a refusal in the middle is told by the answer only.
	err = errors.Join(err, cmd.Close())
	if _, refused := cmd.Wait(); refused != nil {
		err = refused
	}
	return c.explain(err, "append_failed")
}

// fedWriter keeps the watchdog quiet while a large mail goes out, in pieces.
type fedWriter struct {
	c   *Conn
	w   io.Writer
	err error // of the line
}

func (f *fedWriter) Write(b []byte) (written int, err error) {
	for piece := range slices.Chunk(b, 64<<10) {
		n, err := f.w.Write(piece)
		written += n
		if err != nil {
			f.err = err
			return written, err
		}
		f.c.feed()
	}
	return written, nil
}
