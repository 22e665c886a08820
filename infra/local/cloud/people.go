package cloud

import (
	"github.com/google/uuid"

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
