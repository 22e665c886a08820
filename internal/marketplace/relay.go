package marketplace

import "github.com/quilldesk/quilldesk/internal/desk"

// RelayStore tells the store whose buyer an address stands for; ok is false for
// any other address. box tells sites of one marketplace apart where the address
// does not.
func RelayStore(to string, box Mailbox) (store desk.Store, ok bool) {
	v := look(Mail{From: []desk.Contact{{Address: to}}}, box)
	for _, c := range channels {
		if c.relay(v.from) {
			return c.store(v), true
		}
	}
	return "", false
}
