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

// Seal encrypts credentials; they may be at most 4 KB as JSON.
func (v *Vault) Seal(ctx context.Context, org desk.OrgID, box desk.MailboxID, c desk.Credentials) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, desk.Errorf(desk.Internal, "internal", "sealing credentials: %w", err)
	}
	out, err := v.client.Encrypt(ctx, &kms.EncryptInput{KeyId: &v.key, Plaintext: plain, EncryptionContext: scope(org, box)})
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "sealing credentials: %w", err)
	}
	return out.CiphertextBlob, nil
}

// Open decrypts credentials.
func (v *Vault) Open(ctx context.Context, org desk.OrgID, box desk.MailboxID, sealed []byte) (c desk.Credentials, err error) {
	out, err := v.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &v.key, CiphertextBlob: sealed, EncryptionContext: scope(org, box)})
	if err != nil {
		return c, desk.Errorf(desk.Unavailable, "storage", "opening credentials: %w", err)
	}
	if err := json.Unmarshal(out.Plaintext, &c); err != nil {
		return c, desk.Errorf(desk.Internal, "internal", "opening credentials: %w", err)
	}
	return c, nil
}
