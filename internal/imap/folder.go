package imap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Status asks whether a folder has anything new without opening it. UIDNext is
// 0 where the server does not say (163, 2026): then only a look inside tells.
func (c *Conn) Status(folder string) (desk.FolderStatus, error) {
	c.feed()
	defer c.rest()
	data, err := c.client.Status(folder, &imap.StatusOptions{UIDNext: true, UIDValidity: true, NumMessages: true}).Wait()
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
	if c.selected == folder {
		return c.opened, nil
	}
	c.feed()
	defer c.rest()
	data, err := c.client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
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
	c.feed()
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

// Sizes lists UID, date and size of the mails after a UID, ascending, in the folder
// that is open. "n+1:*" names the last mail even when nothing is new, so UIDs up
// to after are dropped.
func (c *Conn) Sizes(after uint32) ([]desk.MailSize, error) {
	c.feed()
	defer c.rest()
	cmd := c.client.Fetch(uids(after+1, 0), &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true})
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
		return nil, c.explain(err, "protocol_error")
	}
	slices.SortFunc(sizes, func(a, b desk.MailSize) int { return int(int64(a.UID) - int64(b.UID)) })
	return slices.CompactFunc(sizes, func(a, b desk.MailSize) bool { return a.UID == b.UID }), nil
}

func uids(from, to uint32) imap.UIDSet {
	var set imap.UIDSet
	set.AddRange(imap.UID(from), imap.UID(to)) // 0 is "*"
	return set
}

// Fetch reads the mails with after < UID <= to of the open folder in one command
// and hands each to got, whose error ends it. Nothing is marked as read. raw is
// cut at limit bytes; Size tells the true length.
func (c *Conn) Fetch(ctx context.Context, after, to uint32, limit int64, got func(desk.FetchedMail) error) error {
	c.feed()
	defer c.rest()
	section := &imap.FetchItemBodySection{Peek: true}
	cmd := c.client.Fetch(uids(after+1, to), &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section},
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
			m.Raw = raw
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
	c.feed()
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

// Append puts a mail into a folder, marked as read. When the folder is missing
// or full the code is append_failed; the line may then be gone.
func (c *Conn) Append(folder string, raw []byte, at time.Time) error {
	c.feed()
	defer c.rest()
	cmd := c.client.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: at})
	_, err := io.Copy(&fedWriter{c, cmd}, bytes.NewReader(raw))
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
	c *Conn
	w io.Writer
}

func (f *fedWriter) Write(b []byte) (written int, err error) {
	for piece := range slices.Chunk(b, 64<<10) {
		n, err := f.w.Write(piece)
		written += n
		if err != nil {
			return written, err
		}
		f.c.feed()
	}
	return written, nil
}
