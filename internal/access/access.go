// Package access answers the one question of who may do what: here and nowhere
// else. Someone without access to a mailbox sees none of its mail.
package access

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// State is where people and mailboxes are kept.
type State interface {
	Person(ctx context.Context, email string) (desk.OrgID, desk.Member, error)
	Mailboxes(context.Context, desk.OrgID) ([]desk.Mailbox, error)
}

// Caller is a signed-in member and what is open to them.
type Caller struct {
	Org    desk.OrgID
	Member desk.Member
	// Boxes are the mailboxes whose mail the caller may see.
	Boxes []desk.Mailbox
	// All is true when these are all the organisation has.
	All bool
}

// Identify finds the caller by a verified address; NotFound with the code
// no_organisation for a stranger.
func Identify(ctx context.Context, state State, email string) (Caller, error) {
	org, member, err := state.Person(ctx, email)
	if err != nil {
		return Caller{}, err
	}
	boxes, err := state.Mailboxes(ctx, org)
	if err != nil {
		return Caller{}, err
	}
	c := Caller{Org: org, Member: member, All: true}
	for _, box := range boxes {
		if box.OpenTo(member) {
			c.Boxes = append(c.Boxes, box)
		} else {
			c.All = false
		}
	}
	return c, nil
}

// Open are the ids of the caller's mailboxes, nil when no mailbox is closed to them.
func (c Caller) Open() []desk.MailboxID {
	if c.All {
		return nil
	}
	ids := make([]desk.MailboxID, len(c.Boxes))
	for i, box := range c.Boxes {
		ids[i] = box.ID
	}
	return ids
}

// Box finds a mailbox that is open to the caller; NotFound for any other, so
// that nobody learns of mailboxes that are closed to them.
func (c Caller) Box(id desk.MailboxID) (desk.Mailbox, error) {
	for _, box := range c.Boxes {
		if box.ID == id {
			return box, nil
		}
	}
	return desk.Mailbox{}, desk.Errorf(desk.NotFound, "not_found", "there is no such mailbox")
}

// See checks that the caller may see the conversation.
func (c Caller) See(conversation desk.Conversation) error {
	if _, err := c.Box(conversation.Mailbox); err != nil {
		return desk.Errorf(desk.NotFound, "not_found", "there is no such conversation")
	}
	return nil
}

// Write checks that the caller may answer and change mail.
func (c Caller) Write() error {
	if !c.Member.Role.CanWrite() {
		return desk.Errorf(desk.Denied, "viewer", "a viewer cannot change anything")
	}
	return nil
}

// Manage checks that the caller may change mailboxes, members and settings.
func (c Caller) Manage() error {
	if !c.Member.Role.CanManage() {
		return desk.Errorf(desk.Denied, "not_manager", "only owners and admins can do this")
	}
	return nil
}
