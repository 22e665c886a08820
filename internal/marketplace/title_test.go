package marketplace

import "testing"

func TestTitleSaysWhatTheMailIsAbout(t *testing.T) {
	for _, c := range []struct{ subject, buyer, want string }{
		{"Shipping inquiry from Amazon customer Kim Larsen (Order: 112-1234567-7654321)", "Kim Larsen", "Shipping inquiry"},
		{"Order cancellation request from Amazon customer Adela (Order: 117-9155723-6730250)", "", "Order cancellation request"},
		{"flip_n_find sent a message about Lumenhaus E26 LED bulb #110223344556", "flip_n_find", "Sent a message about Lumenhaus E26 LED bulb #110223344556"},
		{"Brody Haskins has a question about order 200034950441234", "Brody Haskins", "Has a question about order 200034950441234"},
		{"Re: Lamp", "Kim", "Re: Lamp"},
		{"(Order: 112-1234567-7654321)", "", "(Order: 112-1234567-7654321)"},
		{"Où est ma commande ?", "", "Où est ma commande ?"},
		{"配送について", "", "配送について"},
		{"", "", ""},
	} {
		if got := Title(c.subject, c.buyer); got != c.want {
			t.Errorf("Title(%q, %q) = %q, want %q", c.subject, c.buyer, got, c.want)
		}
	}
}
