package marketplace

import (
	"reflect"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestParseAuthResults(t *testing.T) {
	tests := []struct {
		name, value, id string
		want            []authResult
	}{
		{"none", "mx.example.org; none", "mx.example.org", nil},
		{"with a version", "mx.example.org 1; spf=pass smtp.mailfrom=a.example", "mx.example.org",
			[]authResult{{"spf", "pass", map[string]string{"smtp.mailfrom": "a.example"}}}},
		{"nested comments with semicolons", "mx.example.org (a (b; dmarc=fail) c); dmarc=pass (p=NONE; sp=NONE) header.from=a.example", "mx.example.org",
			[]authResult{{"dmarc", "pass", map[string]string{"header.from": "a.example"}}}},
		{"quoted reason with a semicolon", `mx.example.org; dkim=fail reason="bad; dmarc=pass" header.d=a.example`, "mx.example.org",
			[]authResult{{"dkim", "fail", map[string]string{"reason": "bad; dmarc=pass", "header.d": "a.example"}}}},
		{"spaces around the equals sign", "mx.example.org; spf = pass smtp.mailfrom = a.example", "mx.example.org",
			[]authResult{{"spf", "pass", map[string]string{"smtp.mailfrom": "a.example"}}}},
		{"method version and folding", "MX.example.org;\r\n\tdkim/1=PASS header.i=@A.example", "mx.example.org",
			[]authResult{{"dkim", "pass", map[string]string{"header.i": "@a.example"}}}},
		{"no authserv-id, as Outlook.com writes", "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dmarc=fail action=none", "",
			[]authResult{{"spf", "pass", map[string]string{"smtp.mailfrom": "a.example"}}, {"dmarc", "fail", map[string]string{"action": "none"}}}},
		{"empty", "", "", nil},
		{"open comment", "mx.example.org; dmarc=pass (oops", "mx.example.org", []authResult{{"dmarc", "pass", map[string]string{}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, got := parseAuthResults(tt.value)
			if id != tt.id || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("id %q, results %+v; want %q, %+v", id, got, tt.id, tt.want)
			}
		})
	}
}

func TestSuspicion(t *testing.T) {
	const relay = "k3v9x2m7qpl4tz8@marketplace.amazon.com"
	tests := []struct {
		name, from string
		headers    []string // Authentication-Results, topmost first
		want       string
	}{
		{"missing is not failing", relay, nil, ""},
		{"pass", relay, []string{"mx.google.com; dmarc=pass header.from=marketplace.amazon.com"}, ""},
		{"dmarc=fail", relay, []string{"mx.google.com; spf=pass smtp.mailfrom=evil.example; dmarc=fail (p=QUARANTINE) header.from=amazon.com"}, "dmarc_fail"},
		{"dmarc=fail of any sender", "ana@buyer.example", []string{"mx.google.com; dmarc=fail"}, "dmarc_fail"},
		{"another server's verdict is not believed", relay, []string{"mx.evil.example; dmarc=fail"}, ""},
		{"a forged pass below the provider's verdict", relay, []string{"mx.google.com; dmarc=fail", "mx.google.com; dmarc=pass"}, "dmarc_fail"},
		{"a foreign header above the provider's", relay, []string{"relay.example; dmarc=pass", "mx.google.com; dmarc=fail"}, "dmarc_fail"},
		{"a look-alike of the provider", relay, []string{"mx.google.com.evil.example; dmarc=pass", "mx.google.com; dmarc=fail"}, "dmarc_fail"},
		{"spf fails on a marketplace's name", relay, []string{"mx.google.com; spf=fail smtp.mailfrom=amazon.com"}, "spf_fail"},
		{"dkim fails on a marketplace's name", relay, []string{"mx.google.com; dkim=fail header.d=amazon.com"}, "dkim_fail"},
		{"spf fails, dkim proves the name", relay, []string{"mx.google.com; spf=fail smtp.mailfrom=fwd.example; dkim=pass header.i=@amazon.com"}, ""},
		{"spf fails, dkim proves another name", relay, []string{"mx.google.com; spf=fail smtp.mailfrom=amazon.com; dkim=pass header.d=evil.example"}, "spf_fail"},
		{"spf softfail is no failure", relay, []string{"mx.google.com; spf=softfail smtp.mailfrom=amazon.com"}, ""},
		{"spf fails on a person's name", "ana@buyer.example", []string{"mx.google.com; spf=fail smtp.mailfrom=buyer.example"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Recognise(Mail{
				Header: func(name string) []string {
					if name == "Authentication-Results" {
						return tt.headers
					}
					return nil
				},
				From: []desk.Contact{{Address: tt.from}}, Subject: "Question (Order: 114-5550123-7770456)", Text: "Hi",
			}, allStores)
			if r.SuspiciousWhy != tt.want || r.Suspicious != (tt.want != "") {
				t.Errorf("suspicious %v, %q; want %q", r.Suspicious, r.SuspiciousWhy, tt.want)
			}
			if r.Suspicious && len(r.ThreadKeys) > 0 {
				t.Errorf("suspicious mail has thread keys %q", r.ThreadKeys)
			}
		})
	}
}

func TestWithoutTrustedNameNothingFails(t *testing.T) {
	box := allStores
	box.AuthServID = nil
	r := Recognise(Mail{
		Header: func(string) []string { return []string{"mx.google.com; dmarc=fail"} },
		From:   []desk.Contact{{Address: "ana@buyer.example"}, {}}, Text: "Hi",
	}, Mailbox{Address: box.Address})
	if r.SuspiciousWhy == "dmarc_fail" {
		t.Error("a header nobody vouches for was believed")
	}
}

func FuzzParseAuthResults(f *testing.F) {
	f.Add(`mx.example.org 1; dkim=fail (a (b) \) c) reason="x\"; y" header.d=a.example; spf = pass`)
	f.Add("((((;;;\"=")
	f.Fuzz(func(t *testing.T, value string) {
		_, results := parseAuthResults(value)
		for _, r := range results {
			if r.method == "" || r.result == "" {
				t.Fatalf("a result without method or value: %+v", r)
			}
		}
	})
}
