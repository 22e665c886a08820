package imap

import (
	"context"
	"fmt"
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
	cmd := c.client.Fetch(uids(after+1, 0), &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true})
	var sizes []desk.MailSize
	for {
		c.feed()
		msg := cmd.Next()
		if msg == nil {
			break
		}
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
	section := &imap.FetchItemBodySection{Peek: true}
	cmd := c.client.Fetch(uids(after+1, to), &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section},
	})
	var stop error
	for stop == nil {
		c.feed()
		msg := cmd.Next()
		if msg == nil {
			break
		}
		m, err := c.read(msg, limit)
		switch {
		case err != nil:
			stop = c.explain(err, "protocol_error")
		case m.UID <= after || m.UID > to || m.Raw == nil:
		case ctx.Err() != nil:
			stop = ctx.Err()
		default:
			stop = got(m)
		}
	}
	if stop != nil { // the rest of the answer is not wanted: cut the line
		_ = c.Close()
		return stop
	}
	return c.explain(cmd.Close(), "protocol_error")
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
			raw, err := io.ReadAll(io.LimitReader(&fed{c, item.Literal}, limit))
			if err != nil {
				return m, err
			}
			if _, err := io.Copy(io.Discard, &fed{c, item.Literal}); err != nil {
				return m, err
			}
			m.Raw = raw
		}
	}
	return m, nil
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
	first := uint32(1)
	if status.Messages > newest {
		first = status.Messages - newest + 1
	}
	var set imap.SeqSet
	set.AddRange(first, 0)
	section := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-Id"}}
	cmd := c.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	found := false
	for ctx.Err() == nil {
		c.feed()
		msg := cmd.Next()
		if msg == nil {
			break
		}
		for item := msg.Next(); item != nil; item = msg.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok && body.Literal != nil {
				header, err := io.ReadAll(io.LimitReader(body.Literal, 4096))
				if err != nil {
					return false, c.explain(err, "protocol_error")
				}
				found = found || strings.Contains(string(header), "<"+messageID+">")
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return found, c.explain(cmd.Close(), "protocol_error")
}

// newest is how many mails at the end of a folder Find looks at.
const newest = 30

// Append puts a mail into a folder, marked as read.
func (c *Conn) Append(folder string, raw []byte, at time.Time) error {
	c.feed()
	cmd := c.client.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: at})
	if _, err := cmd.Write(raw); err != nil {
		return c.explain(fmt.Errorf("appending: %w", err), "append_failed")
	}
	if err := cmd.Close(); err != nil {
		return c.explain(err, "append_failed")
	}
	_, err := cmd.Wait()
	return c.explain(err, "append_failed")
}
