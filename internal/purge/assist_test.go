package purge

import (
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// What models left of a mailbox's mail goes with it: corrections kept as examples,
// translations, unfinished drafts and mail to sort again. That of others stays.
func TestWhatModelsLeftGoesToo(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	for _, box := range []desk.MailboxID{"goes", "stays"} {
		conv := mailbox.ConversationID(box, "m0")
		h.must(h.table.AddExample(ctx, h.org, desk.Example{Mailbox: box, Conversation: conv, At: noon, Text: "money back"}))
		h.must(h.table.PutTranslation(ctx, h.org, conv, "m0", desk.Translated{Text: "Hallo", Language: "de"}))
		h.must(h.table.PutPartial(ctx, h.org, conv, "request-1", "Dear", noon.Add(time.Minute)))
		h.must(h.table.SortAgain(ctx, h.org, conv, "m0", desk.Again{Since: noon, Tries: 1}, noon))
	}
	h.unbind()
	h.must(h.purger(h.table, h.bucket).Purge(ctx, desk.Job{Org: h.org, Mailbox: "goes"}))
	if left := h.left(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	kept, err := h.table.Examples(ctx, h.org)
	if err != nil || len(kept) != 1 || kept[0].Mailbox != "stays" {
		t.Errorf("examples %+v, %v", kept, err)
	}
	if _, err := h.table.Translation(ctx, h.org, mailbox.ConversationID("stays", "m0"), "m0", "de"); err != nil {
		t.Errorf("the other's translation: %v", err)
	}
}

func TestADeletedConversationIsNoExample(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	conv := mailbox.ConversationID("stays", "m1")
	h.must(h.table.AddExample(ctx, h.org, desk.Example{Mailbox: "stays", Conversation: conv, At: noon, Text: "money back"}))
	c, err := h.table.Conversation(ctx, h.org, conv)
	h.must(err)
	h.must(h.table.RemoveConversation(ctx, c))
	h.must(h.purger(h.table, h.bucket).Purge(ctx, desk.Job{Org: h.org, Mailbox: "stays", Conversation: conv}))
	if kept, err := h.table.Examples(ctx, h.org); err != nil || len(kept) != 0 {
		t.Errorf("examples %+v, %v", kept, err)
	}
}
