// Package kms seals mailbox credentials under a key that never leaves AWS.
package kms

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Vault seals and opens credentials. What was sealed for one mailbox cannot be
// opened for another: both are part of the encryption context.
type Vault struct {
	client *kms.Client
	key    string
}

// New returns a vault with the key of that id or ARN.
func New(client *kms.Client, key string) *Vault { return &Vault{client, key} }

func scope(org desk.OrgID, box desk.MailboxID) map[string]string {
	return map[string]string{"organisation": string(org), "mailbox": string(box)}
}

// maxDirect is the largest plaintext KMS encrypts itself, in bytes.
const maxDirect = 4096

// Seal encrypts credentials: passwords by KMS itself, what is larger, as OAuth
// tokens are, in an envelope.
func (v *Vault) Seal(ctx context.Context, org desk.OrgID, box desk.MailboxID, c desk.Credentials) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, desk.Errorf(desk.Internal, "internal", "sealing credentials: %w", err)
	}
	if len(plain) <= maxDirect {
		return v.encrypt(ctx, scope(org, box), plain)
	}
	key := newDataKey()
	sealedKey, err := v.encrypt(ctx, scope(org, box), key)
	if err != nil {
		return nil, err
	}
	return wrap(key, sealedKey, plain)
}

// Open decrypts credentials.
func (v *Vault) Open(ctx context.Context, org desk.OrgID, box desk.MailboxID, sealed []byte) (c desk.Credentials, err error) {
	plain, err := v.open(ctx, scope(org, box), sealed)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(plain, &c); err != nil {
		return c, desk.Errorf(desk.Internal, "internal", "opening credentials: %w", err)
	}
	return c, nil
}

func (v *Vault) open(ctx context.Context, scope map[string]string, sealed []byte) ([]byte, error) {
	sealedKey, text, wrapped := unwrap(sealed)
	if !wrapped {
		return v.decrypt(ctx, scope, sealed)
	}
	key, err := v.decrypt(ctx, scope, sealedKey)
	if err != nil {
		return nil, err
	}
	return openText(key, sealedKey, text)
}

func (v *Vault) encrypt(ctx context.Context, scope map[string]string, plain []byte) ([]byte, error) {
	out, err := v.client.Encrypt(ctx, &kms.EncryptInput{KeyId: &v.key, Plaintext: plain, EncryptionContext: scope})
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "sealing credentials: %w", err)
	}
	return out.CiphertextBlob, nil
}

func (v *Vault) decrypt(ctx context.Context, scope map[string]string, sealed []byte) ([]byte, error) {
	out, err := v.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &v.key, CiphertextBlob: sealed, EncryptionContext: scope})
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "opening credentials: %w", err)
	}
	return out.Plaintext, nil
}
