package cloud

import (
	"github.com/google/uuid"

	"github.com/quilldesk/quilldesk/infra/local/mailoauth"
	"github.com/quilldesk/quilldesk/infra/local/oidc"
)

// ownerEmail is the template's OwnerEmail here: its first sign-in creates the
// organisation.
const ownerEmail = "owner@quilldesk.example"

// people are those on the sign-in page, one of each role.
func people() []oidc.Person {
	list := []oidc.Person{
		{Email: ownerEmail, Name: "Olivia Owner", Role: "owner"},
		{Email: "admin@quilldesk.example", Name: "Adam Admin", Role: "admin"},
		{Email: "agent@quilldesk.example", Name: "Agnes Agent", Role: "agent"},
		{Email: "viewer@quilldesk.example", Name: "Victor Viewer", Role: "viewer"},
	}
	for i := range list {
		// The same in every data folder, as a subject must be for ever.
		list[i].Sub = uuid.NewSHA1(uuid.NameSpaceURL, []byte("mailto:"+list[i].Email)).String()
	}
	return list
}

// mailClientID is the application by which demo mailboxes sign in.
const mailClientID = "quilldesk-demo"

// mailPeople can sign in to a mailbox: one who has it, one who has another, and
// one whose organisation lets only an administrator consent.
var mailPeople = []mailoauth.Person{
	{Address: "hello@birchandbrass.example", Name: "Birch & Brass"},
	{Address: "support@lumenhaus.example", Name: "Lumenhaus"},
	{Address: "returns@northwind.example", Name: "Northwind", NeedsAdmin: true},
}
