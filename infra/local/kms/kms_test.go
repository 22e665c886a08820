package kms_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/infra/local/kms"
	"github.com/quilldesk/quilldesk/infra/local/loopback"
)

func newClient(t *testing.T, dir string) *awskms.Client {
	t.Helper()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	s, err := kms.Open(dir, kms.Options{Region: "us-east-1", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	return awskms.New(awskms.Options{BaseEndpoint: aws.String(srv.URL), Region: "us-east-1", HTTPClient: &http.Client{Transport: loopback.Transport{Next: srv.Client().Transport}},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), Retryer: aws.NopRetryer{}})
}

func createKey(t *testing.T, c *awskms.Client, in awskms.CreateKeyInput) *string {
	t.Helper()
	out, err := c.CreateKey(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return out.KeyMetadata.KeyId
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

var mailboxContext = map[string]string{"organisation": "org-1", "mailbox": "mb-1"}

func TestCiphertextIsBoundToItsContext(t *testing.T) {
	c := newClient(t, t.TempDir())
	id := createKey(t, c, awskms.CreateKeyInput{})
	sealed, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: id, Plaintext: []byte("app password"), EncryptionContext: mailboxContext})
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: mailboxContext})
	if err != nil || string(out.Plaintext) != "app password" {
		t.Fatalf("got %q, %v", out.Plaintext, err)
	}
	for name, ec := range map[string]map[string]string{
		"none":                nil,
		"part":                {"organisation": "org-1"},
		"another mailbox":     {"organisation": "org-1", "mailbox": "mb-2"},
		"shifted boundary":    {"organisation": "org-1", "mailboxm": "b-1"},
		"more than was given": {"organisation": "org-1", "mailbox": "mb-1", "x": "y"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: ec})
			wantCode(t, err, "InvalidCiphertextException")
		})
	}
}

func TestChangedCiphertextIsRefused(t *testing.T) {
	c := newClient(t, t.TempDir())
	sealed, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: createKey(t, c, awskms.CreateKeyInput{}), Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed.CiphertextBlob {
		blob := slices.Clone(sealed.CiphertextBlob)
		blob[i] ^= 1
		_, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob})
		wantCode(t, err, "InvalidCiphertextException")
		_, err = c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob[:i]})
		if err == nil {
			t.Fatalf("a ciphertext cut to %d bytes was taken", i)
		}
	}
}

func TestDataKeys(t *testing.T) {
	c := newClient(t, t.TempDir())
	id := createKey(t, c, awskms.CreateKeyInput{})
	out, err := c.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: id, KeySpec: types.DataKeySpecAes256, EncryptionContext: mailboxContext})
	if err != nil || len(out.Plaintext) != 32 {
		t.Fatalf("got %d bytes, %v", len(out.Plaintext), err)
	}
	opened, err := c.Decrypt(t.Context(), &awskms.DecryptInput{KeyId: id, CiphertextBlob: out.CiphertextBlob, EncryptionContext: mailboxContext})
	if err != nil || !bytes.Equal(opened.Plaintext, out.Plaintext) {
		t.Fatalf("the data key does not open: %v", err)
	}
	hidden, err := c.GenerateDataKeyWithoutPlaintext(t.Context(), &awskms.GenerateDataKeyWithoutPlaintextInput{KeyId: id, NumberOfBytes: aws.Int32(64)})
	if err != nil {
		t.Fatal(err)
	}
	if opened, err = c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: hidden.CiphertextBlob}); err != nil || len(opened.Plaintext) != 64 {
		t.Fatalf("got %d bytes, %v", len(opened.Plaintext), err)
	}
}

func TestMessageAuthenticationCodes(t *testing.T) {
	c := newClient(t, t.TempDir())
	for spec, algorithm := range map[types.KeySpec]types.MacAlgorithmSpec{
		types.KeySpecHmac256: types.MacAlgorithmSpecHmacSha256, types.KeySpecHmac512: types.MacAlgorithmSpecHmacSha512,
	} {
		id := createKey(t, c, awskms.CreateKeyInput{KeySpec: spec, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
		out, err := c.GenerateMac(t.Context(), &awskms.GenerateMacInput{KeyId: id, Message: []byte("m"), MacAlgorithm: algorithm})
		if err != nil {
			t.Fatal(err)
		}
		verify := func(message string) error {
			_, err := c.VerifyMac(t.Context(), &awskms.VerifyMacInput{KeyId: id, Message: []byte(message), Mac: out.Mac, MacAlgorithm: algorithm})
			return err
		}
		if err := verify("m"); err != nil {
			t.Error(err)
		}
		wantCode(t, verify("other"), "KMSInvalidMacException")
	}
}

func TestRefusals(t *testing.T) {
	c := newClient(t, t.TempDir())
	id := createKey(t, c, awskms.CreateKeyInput{})
	other := createKey(t, c, awskms.CreateKeyInput{})
	sealed, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: id, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		call func(context.Context) error
		code string
	}{
		{"more than 4 KB", func(ctx context.Context) error {
			_, err := c.Encrypt(ctx, &awskms.EncryptInput{KeyId: id, Plaintext: make([]byte, 4097)})
			return err
		}, "ValidationException"},
		{"unknown key", func(ctx context.Context) error {
			_, err := c.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: aws.String("alias/none")})
			return err
		}, "NotFoundException"},
		{"wrong key", func(ctx context.Context) error {
			_, err := c.Decrypt(ctx, &awskms.DecryptInput{KeyId: other, CiphertextBlob: sealed.CiphertextBlob})
			return err
		}, "IncorrectKeyException"},
		{"MAC with an encryption key", func(ctx context.Context) error {
			_, err := c.GenerateMac(ctx, &awskms.GenerateMacInput{KeyId: id, Message: []byte("x"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
			return err
		}, "InvalidKeyUsageException"},
		{"data key of no size", func(ctx context.Context) error {
			_, err := c.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: id})
			return err
		}, "ValidationException"},
		{"asymmetric key", func(ctx context.Context) error {
			_, err := c.CreateKey(ctx, &awskms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify})
			return err
		}, "UnsupportedOperationException"},
		{"grant tokens", func(ctx context.Context) error {
			_, err := c.Encrypt(ctx, &awskms.EncryptInput{KeyId: id, Plaintext: []byte("x"), GrantTokens: []string{"t"}})
			return err
		}, "SerializationException"},
		{"operation that is not offered", func(ctx context.Context) error {
			_, err := c.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: id})
			return err
		}, "UnknownOperationException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantCode(t, tt.call(t.Context()), tt.code) })
	}
}

func TestKeysAndAliasesSurviveARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kms")
	c := newClient(t, dir)
	id := createKey(t, c, awskms.CreateKeyInput{Description: aws.String("mailboxes")})
	alias := aws.String("alias/quilldesk")
	create := &awskms.CreateAliasInput{AliasName: alias, TargetKeyId: id}
	if _, err := c.CreateAlias(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	_, err := c.CreateAlias(t.Context(), create)
	wantCode(t, err, "AlreadyExistsException")
	sealed, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: alias, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}

	// A killed process leaves just the files, and perhaps one half written.
	if err := os.WriteFile(filepath.Join(dir, "keys-123"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	c = newClient(t, dir)
	out, err := c.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: alias})
	if err != nil || *out.KeyMetadata.KeyId != *id || *out.KeyMetadata.Description != "mailboxes" || out.KeyMetadata.CreationDate.Year() != 2026 {
		t.Fatalf("key after restart %+v, %v", out, err)
	}
	opened, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, KeyId: out.KeyMetadata.Arn})
	if err != nil || string(opened.Plaintext) != "x" {
		t.Errorf("got %q, %v", opened.Plaintext, err)
	}
	info, err := os.Stat(filepath.Join(dir, "keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file mode %v, %v", info.Mode(), err)
	}
}
