package desk

import "time"

// SignIn is a sign-in at a mail provider that somebody began: what the browser
// has to come back with, and what it is for.
type SignIn struct {
	State    string // random; names the sign-in in the provider's answer
	Org      OrgID
	Member   string // who began it, and alone may finish it
	Provider string // microsoft or google
	Address  string
	Redirect string
	Verifier string    // of PKCE, RFC 7636
	Mailbox  MailboxID // the one to sign in again, "" for a new one
	Until    time.Time
}

// Grant is what a sign-in at a provider gave, until a mailbox is bound with it.
type Grant struct {
	ID       string
	Org      OrgID
	Member   string // who signed in, and alone may use it
	Provider string
	Address  string // who signed in there, where the provider tells
	Sealed   []byte // Credentials with tokens
	Until    time.Time
}

// Tokens are the tokens of a bound mailbox as they are kept. Version rises with
// every new pair.
type Tokens struct {
	Sealed     []byte // Credentials with tokens
	Version    int64
	LeaseUntil time.Time // somebody is getting new ones
	// Ended says, as a code, why the provider gives no more; "" while it does.
	Ended string
}
