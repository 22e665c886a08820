package s3

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestALinkDownloadsOneObjectForATime(t *testing.T) {
	w := open(t)
	for _, key := range []string{"export/org/box/id/mail-0001.mbox", "raw/org/box/secret"} {
		if err := w.Put(t.Context(), key, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	link, err := w.Link(t.Context(), "export/org/box/id/mail-0001.mbox", "büro@lumenhaus.example mail-0001.mbox", 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("X-Amz-Expires") != "300" {
		t.Errorf("%s: %v", link, err)
	}
	status, body, header := get(t, link)
	if status != http.StatusOK || body != "export/org/box/id/mail-0001.mbox" {
		t.Errorf("%d %s", status, body)
	}
	if d := header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; filename") || header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("headers %v", header)
	}
	for _, forged := range []string{
		strings.Replace(link, "export/org/box/id/mail-0001.mbox", "raw/org/box/secret", 1), strings.Replace(link, "X-Amz-Expires=300", "X-Amz-Expires=3000", 1),
		strings.Replace(link, "attachment", "inline", 1), link[:strings.Index(link, "?")],
	} {
		if status, body, _ := get(t, forged); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", forged, status, body)
		}
	}
	w.now = func() time.Time { return time.Now().Add(-6 * time.Minute) }
	old, err := w.Link(t.Context(), "export/org/box/id/mail-0001.mbox", "mail-0001.mbox", 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if status, body, _ := get(t, old); status != http.StatusForbidden || !strings.Contains(body, "expired") {
		t.Errorf("an old link: %d %s", status, body)
	}
}

func get(t *testing.T, link string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body), answer.Header
}
