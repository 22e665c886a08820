package s3

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	local "github.com/quilldesk/quilldesk/infra/local/s3"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// world is a server that checks signatures as S3 does, with an object store
// behind it, the bucket under test and the SDK's own client.
type world struct {
	*Bucket
	sdk *sdk.Client
	url string
	// answer, when set, answers instead of the store and says whether it did.
	answer func(w http.ResponseWriter, r *http.Request) bool
	asked  []string // method and escaped path of every call
}

func open(t *testing.T) *world {
	t.Helper()
	store, err := local.Open(t.TempDir(), local.Options{Region: "eu-west-1", AccessKeyID: "AKID", SecretAccessKey: "secret", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.asked = append(w.asked, r.Method+" "+r.URL.EscapedPath())
		if w.answer == nil || !w.answer(rw, r) {
			store.Handler().ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(server.Close)
	config := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""), HTTPClient: server.Client()}
	w.url = server.URL
	w.Bucket = New(config, server.URL, "mail", time.Now)
	w.pause = time.Microsecond
	w.sdk = sdk.NewFromConfig(config, func(o *sdk.Options) { o.BaseEndpoint, o.UsePathStyle = &server.URL, true })
	if _, err := w.sdk.CreateBucket(t.Context(), &sdk.CreateBucketInput{Bucket: aws.String("mail")}); err != nil {
		t.Fatal(err)
	}
	return w
}

// keys are such as are easily escaped wrongly.
var keys = []string{"raw/org/box/abc", "export/o/b/mail 1+2.mbox", "a/ä/您好:=&?#%2F", "dots/../kept", "tilde~_-.'()*!"}

func TestObjectsAreKept(t *testing.T) {
	w := open(t)
	body := bytes.Repeat([]byte("From: kim@buyers.example\r\n\x00"), 1000)
	for _, key := range keys {
		if err := w.Put(t.Context(), key, body); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		got, err := w.Get(t.Context(), key)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %d bytes, %v", key, len(got), err)
		}
		head := make([]byte, 10)
		if n, err := w.ReadInto(t.Context(), key, head); n != 10 || err != nil || !bytes.Equal(head, body[:10]) {
			t.Errorf("%s: the beginning is %q, %v", key, head[:n], err)
		}
	}
	listed, err := w.Keys(t.Context(), "")
	want := slices.Sorted(slices.Values(keys))
	if err != nil || !slices.Equal(listed, want) {
		t.Errorf("listed %q, %v", listed, err)
	}
	if listed, err = w.Keys(t.Context(), "a/ä/您好:=&?"); err != nil || len(listed) != 1 {
		t.Errorf("with a prefix: %q, %v", listed, err)
	}
	if err := w.Delete(t.Context(), keys[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), keys[0]); err != nil {
		t.Errorf("deleting again: %v", err)
	}
	if _, err := w.Get(t.Context(), keys[0]); desk.CodeOf(err) != "original_gone" {
		t.Errorf("after deleting: %v", err)
	}
	if n, err := w.ReadInto(t.Context(), keys[1], make([]byte, len(body)+1)); n != len(body) || err != nil {
		t.Errorf("into a larger buffer: %d, %v", n, err)
	}
	if err := w.Put(t.Context(), "empty", nil); err != nil {
		t.Errorf("an empty object: %v", err)
	}
}

// The paths on the line are those of the SDK, byte for byte.
func TestCallsAreThoseOfTheSDK(t *testing.T) {
	w := open(t)
	for _, key := range keys {
		w.asked = nil
		if err := w.Put(t.Context(), key, []byte("x")); err != nil {
			t.Fatal(err)
		}
		out, err := w.sdk.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: aws.String("mail"), Key: &key})
		if err != nil {
			t.Fatalf("%s: the SDK does not find it: %v", key, err)
		}
		_ = out.Body.Close()
		ours, theirs := strings.TrimPrefix(w.asked[0], "PUT "), strings.TrimPrefix(w.asked[1], "GET ")
		if ours != theirs {
			t.Errorf("%s: asked %s, the SDK %s", key, ours, theirs)
		}
	}
}

func TestLinks(t *testing.T) {
	w := open(t)
	if err := w.Put(t.Context(), "export/a b.mbox", []byte("mail")); err != nil {
		t.Fatal(err)
	}
	link, err := w.Link(t.Context(), "export/a b.mbox", "mail – 1.mbox", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	if string(text) != "mail" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") || resp.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%d %q %v", resp.StatusCode, text, resp.Header)
	}
	w.now = func() time.Time { return time.Now().Add(-2 * time.Minute) }
	if link, err = w.Link(t.Context(), "export/a b.mbox", "m.mbox", time.Minute); err != nil {
		t.Fatal(err)
	}
	late, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	_ = late.Body.Close()
	if late.StatusCode != http.StatusForbidden {
		t.Errorf("a link past its time answers %d", late.StatusCode)
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		status, times int // answered how often before the store answers
		body          string
		code          string
		calls         int
	}{
		"busy once":        {503, 1, `<Error><Code>SlowDown</Code></Error>`, "", 2},
		"broken for good":  {500, 9, `<html>`, "storage", 3},
		"gone":             {404, 9, `<Error><Code>NoSuchKey</Code></Error>`, "original_gone", 1},
		"gone, unlisted":   {403, 9, `<Error><Code>AccessDenied</Code></Error>`, "original_gone", 1},
		"wrong signature":  {403, 9, `<Error><Code>SignatureDoesNotMatch</Code></Error>`, "storage", 1},
		"slow body":        {400, 1, `<Error><Code>RequestTimeout</Code></Error>`, "", 2},
		"a refused header": {400, 9, `<Error><Code>InvalidArgument</Code></Error>`, "storage", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			if err := w.Put(t.Context(), "k", []byte("x")); err != nil {
				t.Fatal(err)
			}
			w.asked = nil
			w.answer = func(rw http.ResponseWriter, _ *http.Request) bool {
				if len(w.asked) > c.times {
					return false
				}
				rw.WriteHeader(c.status)
				_, _ = io.WriteString(rw, c.body)
				return true
			}
			_, err := w.Get(t.Context(), "k")
			if (err != nil) != (c.code != "") || err != nil && desk.CodeOf(err) != c.code {
				t.Errorf("error %v, want code %q", err, c.code)
			}
			if len(w.asked) != c.calls {
				t.Errorf("asked %d times, want %d", len(w.asked), c.calls)
			}
		})
	}
}

func TestACancelledCallIsNotRepeated(t *testing.T) {
	w := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.answer = func(http.ResponseWriter, *http.Request) bool { cancel(); return true }
	w.asked = nil
	if err := w.Put(ctx, "k", []byte("x")); err == nil || len(w.asked) > 1 {
		t.Errorf("asked %d times, %v", len(w.asked), err)
	}
}

func TestAddressOfABucket(t *testing.T) {
	for _, c := range []struct{ region, endpoint, want string }{
		{"us-east-1", "", "https://mail.s3.us-east-1.amazonaws.com"},
		{"cn-north-1", "", "https://mail.s3.cn-north-1.amazonaws.com.cn"},
		{"us-east-1", "http://127.0.0.1:9/", "http://127.0.0.1:9/mail"},
	} {
		if got := New(aws.Config{Region: c.region}, c.endpoint, "mail", time.Now).address; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
