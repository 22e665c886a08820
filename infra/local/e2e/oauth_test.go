package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// bound is a mailbox as the API lists it.
type bound struct {
	ID, Address, State, Code, OAuth string
	Counts                          struct{ All int }
}

// mailbox finds one by its address.
func (p *product) mailbox(address string) (found bound) {
	p.t.Helper()
	var all []bound
	p.call("GET", "/mailboxes", nil, &all)
	for _, m := range all {
		if m.Address == address {
			found = m
		}
	}
	return found
}

// signIn goes to the provider's page as a browser would, chooses the person and
// finishes with what comes back.
func (p *product) signIn(start map[string]string, out any) {
	p.t.Helper()
	var begun struct{ URL string }
	start["provider"], start["redirect"] = "microsoft", strings.TrimSuffix(p.api, "/api")+"/oauth/callback"
	if status := p.call("POST", "/mailboxes/oauth", start, &begun); status != http.StatusOK {
		p.t.Fatalf("beginning a sign-in: %d", status)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.PostForm(begun.URL, url.Values{"address": {start["address"]}})
	if err != nil {
		p.t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		p.t.Fatal(err)
	}
	if status := p.call("POST", "/mailboxes/oauth/finish", map[string]string{"state": back.Query().Get("state"), "code": back.Query().Get("code")}, out); status != http.StatusOK {
		p.t.Fatalf("finishing a sign-in: %d %v", status, out)
	}
}

// A mailbox is bound by signing in, read, renewed, revoked and signed in again,
// by the functions as they are deployed.
func TestAMailboxThatSignsIn(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: waits half a minute for tokens to be renewed")
	}
	p := start(t)
	const address = "hello@birchandbrass.example"
	var granted struct{ Grant string }
	p.signIn(map[string]string{"address": address}, &granted)
	binding := map[string]any{
		"address": address, "user": address, "provider": "m365", "grant": granted.Grant, "importDays": 365,
		"imap": endpoint(t, p.at["imap"]), "smtp": endpoint(t, p.at["smtp"]),
	}
	if status := p.call("POST", "/mailboxes", binding, nil); status != http.StatusCreated {
		t.Fatalf("binding: %d", status)
	}
	if status := p.call("POST", "/mailboxes", binding, nil); status != http.StatusNotFound {
		t.Errorf("the grant was used twice: %d", status)
	}
	p.eventually("the mailbox is read", func() bool {
		m := p.mailbox(address)
		return m.State == "ok" && m.OAuth == "microsoft" && m.Counts.All > 0
	})
	answer, err := http.PostForm(p.at["mailoauth"]+"/revoke", url.Values{"address": {address}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	p.eventually("the end of the sign-in is noticed", func() bool {
		m := p.mailbox(address)
		return m.State == "needs_authorisation" && m.Code == "oauth_revoked"
	})
	var again struct{ Mailbox bound }
	p.signIn(map[string]string{"address": address, "mailbox": p.mailbox(address).ID}, &again)
	if again.Mailbox.Address != address {
		t.Errorf("signed in again: %+v", again)
	}
	p.eventually("the mailbox is read again", func() bool { return p.mailbox(address).State == "ok" })
}
