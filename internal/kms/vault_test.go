package kms

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
)

var embedded *cloud.Embedded

func TestMain(m *testing.M) {
	os.Exit(cloud.WithEmbedded("../../template.yaml", func(e *cloud.Embedded) int {
		embedded = e
		return m.Run()
	}))
}

// credentials with tokens of that many bytes each.
func credentials(size int) desk.Credentials {
	return desk.Credentials{
		Method: desk.XOAuth2, User: "support@lumenhaus.example", Provider: "microsoft", AccessToken: strings.Repeat("a", size),
		RefreshToken: strings.Repeat("r", size), ExpiresAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Secret: []byte("secret"),
	}
}

func TestWhatIsSealedOpens(t *testing.T) {
	v := New(embedded.KMS, embedded.KeyID)
	for name, size := range map[string]int{"a password's size": 16, "Microsoft's tokens, over KMS's 4 KB": 2500, "very long tokens": 100_000} {
		t.Run(name, func(t *testing.T) {
			want := credentials(size)
			sealed, err := v.Seal(t.Context(), "org", "box", want)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(sealed), strings.Repeat("a", 16)) {
				t.Error("the token can be read")
			}
			if got, err := v.Open(t.Context(), "org", "box", sealed); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v %v", got, err)
			}
		})
	}
}

func TestWhatWasSealedForAnotherDoesNotOpen(t *testing.T) {
	v := New(embedded.KMS, embedded.KeyID)
	for _, size := range []int{16, 5000} {
		sealed, err := v.Seal(t.Context(), "org", "box", credentials(size))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Open(t.Context(), "org", "other", sealed); err == nil {
			t.Error("opened for another mailbox")
		}
		if _, err := v.Open(t.Context(), "other", "box", sealed); err == nil {
			t.Error("opened for another organisation")
		}
		for _, at := range []int{3, len(sealed) / 2, len(sealed) - 1} {
			changed := append([]byte(nil), sealed...)
			changed[at] ^= 1
			if _, err := v.Open(t.Context(), "org", "box", changed); err == nil {
				t.Errorf("opened with byte %d of %d changed", at, len(sealed))
			}
		}
	}
}

// The text of one envelope with the key of another is no envelope.
func TestEnvelopesCannotBeMixed(t *testing.T) {
	key := newDataKey()
	sealed, err := wrap(key, []byte("one"), []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	sealedKey, text, ok := unwrap(sealed)
	if !ok || string(sealedKey) != "one" {
		t.Fatalf("%q %v", sealedKey, ok)
	}
	if _, err := openText(key, []byte("two"), text); err == nil {
		t.Error("opened under another sealed key")
	}
}

func FuzzUnwrap(f *testing.F) {
	sealed, _ := wrap(newDataKey(), []byte("key"), []byte("text"))
	f.Add(sealed)
	f.Add(mark)
	f.Add([]byte("quilldesk/1\n\xff\xff"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		key, text, ok := unwrap(sealed)
		if ok && len(mark)+2+len(key)+len(text) != len(sealed) {
			t.Errorf("%d and %d bytes of %d", len(key), len(text), len(sealed))
		}
		if _, err := openText(newDataKey(), key, text); err == nil {
			t.Error("opened with a key of our own making")
		}
	})
}
