package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/offline"
)

const amazonMail = `From: "Kim Larsen - Amazon Marketplace" <k3j9d8s7f6g5h4+0a1b2c3d@marketplace.amazon.com>
To: support@lumenhaus.example
Subject: Refund inquiry from Amazon customer Kim Larsen (Order: 112-1234567-7654321)
Message-ID: <a1@email.amazonses.com>
Date: Sun, 22 Nov 2026 12:00:00 +0000
X-Space-Notification-Type: BBC_MESSAGE_SENT_TO_MERCHANT
X-Marketplace-ID: ATVPDKIKX0DER

------------- Begin message -------------

The lamp arrived broken. I want my money back!

------------- End message -------------
`

const plainMail = `From: Jonas <jonas@buyers.example>
To: support@lumenhaus.example
Subject: Re: Ihre Frage
Message-ID: <p1@buyers.example>
Date: Sun, 22 Nov 2026 12:00:00 +0000
Content-Type: text/plain; charset=utf-8

Ja, die Lampe ist leider noch nicht angekommen.

-- 
Jonas

Am 21.11.2026 um 10:00 schrieb Lumenhaus:
> Ist die Lampe da?
`

func TestInspect(t *testing.T) {
	engine, err := offline.New()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "plain.eml")
	if err := os.WriteFile(file, []byte(plainMail), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(dir, "gone.eml")
	var out, errs bytes.Buffer
	err = inspectAll(t.Context(), []string{"-", gone, file}, engine, strings.NewReader(amazonMail), &out, &errs)
	if err == nil || !strings.Contains(errs.String(), "gone.eml") {
		t.Errorf("error %v, told %q", err, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), out.String())
	}
	for i, want := range []map[string]any{
		{"file": "-", "marketplace": "amazon", "store": "amazon.com", "type": "after_sale", "intent": "refund", "priority": "high", "language": "en-US",
			"visible": "The lamp arrived broken. I want my money back!", "automatic": "", "suspicious": false},
		{"file": file, "marketplace": "own", "store": "own", "language": "de", "visible": "Ja, die Lampe ist leider noch nicht angekommen.",
			"subject": "Re: Ihre Frage", "date": "2026-11-22T12:00:00Z"},
	} {
		var got map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("mail %d: %s is %v, want %v", i, key, got[key], value)
			}
		}
		for _, key := range []string{"headers", "from", "to", "text", "quoted", "signature", "attachments", "category", "sentiment", "orderNumbers", "threadKeys", "buyer", "route", "warnings"} {
			if got[key] == nil {
				t.Errorf("mail %d has no %s", i, key)
			}
		}
	}
	if err := inspectAll(t.Context(), nil, engine, nil, &out, &errs); err == nil {
		t.Error("no files is no error")
	}
}

func TestInspectNeverStopsAtABadMail(t *testing.T) {
	engine, err := offline.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"", "\x00\xff", "From: x\r\n", strings.Repeat("a", 1<<16), "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b"} {
		var out, errs bytes.Buffer
		if err := inspectAll(t.Context(), []string{"-"}, engine, strings.NewReader(raw), &out, &errs); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("%.20q: %v %s", raw, err, out.String())
		}
	}
}
