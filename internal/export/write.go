package export

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// conversation writes one conversation and every mail of it. One that was merged
// since it was counted is written with the other, whose turn may still come; when
// it has been, that one is there twice rather than this one not at all.
func (r *run) conversation(ctx context.Context, id desk.ConversationID, later []string) error {
	c, messages, err := r.State.Whole(ctx, r.e.Org, id)
	if desk.KindOf(err) == desk.NotFound {
		return nil // deleted since it was counted
	}
	if err != nil {
		return err
	}
	if c.ID != id && slices.Contains(later, string(c.ID)) {
		return nil
	}
	text, err := jsonLine(c, messages)
	if err != nil {
		return err
	}
	if err := r.parts.room(ctx, &r.parts.lines, len(text)); err != nil {
		return err
	}
	r.parts.lines.text.Write(text)
	r.parts.lines.items++
	for _, m := range messages {
		if err := r.message(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// message writes one mail: the original, or what was sent from here.
func (r *run) message(ctx context.Context, m desk.Message) error {
	if m.Send != nil && m.Send.State != desk.Sent && m.Send.State != desk.Bounced {
		return nil // it was never a mail
	}
	var raw []byte
	var err error
	if m.Send != nil {
		raw, err = outbox.Rebuild(ctx, r.Objects, r.box, r.who, m)
	} else {
		raw, err = r.Objects.Get(ctx, mailbox.RawKey(r.e.Org, r.e.Mailbox, m.ID))
	}
	switch {
	case desk.KindOf(err) == desk.NotFound || desk.CodeOf(err) == "file_gone":
		r.e.Missing++
		return nil
	case err != nil:
		return err
	case m.Send != nil:
		r.e.Sent++
	default:
		r.e.Mails++
	}
	return r.mail(ctx, m.From.Address, m.At, raw)
}

func (r *run) mail(ctx context.Context, sender string, at time.Time, raw []byte) error {
	if err := r.parts.room(ctx, &r.parts.mail, len(raw)+len(raw)/64+200); err != nil {
		return err
	}
	appendMail(&r.parts.mail.text, sender, at, raw)
	r.parts.mail.items++
	return nil
}

// asides are mails that could not be taken in: they belong to no conversation.
func (r *run) asides(ctx context.Context) error {
	keys, err := r.Objects.Keys(ctx, mailbox.AsideKey(r.e.Org, r.e.Mailbox, ""))
	if err != nil {
		return err
	}
	for _, key := range keys {
		raw, err := r.Objects.Get(ctx, key)
		if desk.KindOf(err) == desk.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		r.e.Mails++
		if err := r.mail(ctx, "", r.e.StartedAt, raw); err != nil {
			return err
		}
	}
	return nil
}

// manifest is what manifest.json says.
type manifest struct {
	Mailbox       string            `json:"mailbox"`
	StartedAt     time.Time         `json:"startedAt"`
	FinishedAt    time.Time         `json:"finishedAt"`
	Conversations int               `json:"conversations"`
	Mails         int               `json:"mails"`   // originals in the mbox files
	Sent          int               `json:"sent"`    // mails sent from Quilldesk in the mbox files
	Missing       int               `json:"missing"` // originals that are not kept any more; their text is in the conversations
	Mbox          string            `json:"mbox"`
	Files         []desk.ExportFile `json:"files"`
}

// finish writes the rest and the list of all files.
func (r *run) finish(ctx context.Context) error {
	if err := r.asides(ctx); err != nil {
		return err
	}
	if err := r.parts.finish(ctx); err != nil {
		return err
	}
	lines := 0
	for _, f := range r.parts.files {
		if strings.HasPrefix(f.Name, kindLines+"-") {
			lines += f.Items
		}
	}
	now := r.Now().UTC()
	text, err := json.MarshalIndent(manifest{
		Mailbox: r.box.Address, StartedAt: r.e.StartedAt, FinishedAt: now, Conversations: lines, Mails: r.e.Mails, Sent: r.e.Sent,
		Missing: r.e.Missing, Mbox: "mboxrd", Files: r.parts.files,
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := r.parts.file(ctx, "manifest.json", append(text, '\n'), 0); err != nil {
		return err
	}
	r.e.State, r.e.ExpiresAt = desk.ExportDone, now.AddDate(0, 0, desk.ExportDays)
	if err := r.commit(ctx, time.Time{}); err != nil {
		return err
	}
	return r.Objects.Delete(ctx, r.idsKey())
}

// removeOthers deletes the files of earlier exports of the mailbox.
func (r *run) removeOthers(ctx context.Context) error {
	for {
		keys, err := r.Objects.Keys(ctx, desk.ExportPrefix(r.e.Org, r.e.Mailbox))
		if err != nil {
			return err
		}
		removed := 0
		for _, key := range keys {
			if strings.HasPrefix(key, r.e.Prefix()) {
				continue
			}
			if err := r.Objects.Delete(ctx, key); err != nil {
				return err
			}
			removed++
		}
		if removed == 0 {
			return nil
		}
	}
}

// removeAll deletes every object below a prefix.
func (r *run) removeAll(ctx context.Context, prefix string) error {
	for {
		keys, err := r.Objects.Keys(ctx, prefix)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			if err := r.Objects.Delete(ctx, key); err != nil {
				return err
			}
		}
	}
}
