package kms

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
)

// maxPlaintext is the largest plaintext and the largest message of a MAC, in
// bytes.
const maxPlaintext = 4096

const algorithm = "SYMMETRIC_DEFAULT"

// A ciphertext is version, key ID and nonce, then the sealed plaintext. The
// first two and the encryption context are authenticated with it.
const (
	version   = 1
	nonceSize = 12
	header    = 1 + 16
	overhead  = header + nonceSize + 16
)

var errInvalidCiphertext = errors.New("invalid ciphertext")

func (k *key) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.Material)
	if err != nil {
		return nil, fmt.Errorf("using key %s: %w", k.ID, err)
	}
	return cipher.NewGCM(block)
}

// seal encrypts plaintext under an encryption context.
func (k *key) seal(plaintext []byte, ec map[string]string) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	id, err := uuid.Parse(k.ID)
	if err != nil {
		return nil, fmt.Errorf("using key %s: %w", k.ID, err)
	}
	head := append([]byte{version}, id[:]...)
	nonce := randomBytes(nonceSize)
	return aead.Seal(append(slices.Clone(head), nonce...), nonce, plaintext, additional(head, ec)), nil
}

// keyOf is the ID of the key a ciphertext was made with.
func keyOf(ciphertext []byte) (string, error) {
	if len(ciphertext) < overhead || ciphertext[0] != version {
		return "", errInvalidCiphertext
	}
	id, err := uuid.FromBytes(ciphertext[1:header])
	if err != nil {
		return "", errInvalidCiphertext
	}
	return id.String(), nil
}

// open decrypts what seal made under the same encryption context.
func (k *key) open(ciphertext []byte, ec map[string]string) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	head, rest := ciphertext[:header], ciphertext[header:]
	plaintext, err := aead.Open(nil, rest[:nonceSize], rest[nonceSize:], additional(head, ec))
	if err != nil {
		return nil, errInvalidCiphertext
	}
	return plaintext, nil
}

// additional is the data a ciphertext is bound to: its head and the encryption
// context by name, every part with its length so that no two contexts agree.
func additional(head []byte, ec map[string]string) []byte {
	out := slices.Clone(head)
	for _, name := range slices.Sorted(maps.Keys(ec)) {
		for _, part := range []string{name, ec[name]} {
			out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
			out = append(out, part...)
		}
	}
	return out
}

type encryptInput struct {
	KeyID     string `json:"KeyId"`
	Plaintext []byte
	Context   map[string]string `json:"EncryptionContext"`
	Algorithm string            `json:"EncryptionAlgorithm"`
}

type encryptOutput struct {
	KeyID          string `json:"KeyId"`
	CiphertextBlob []byte
	Algorithm      string `json:"EncryptionAlgorithm"`
}

func checkAlgorithm(name string) error {
	if name != "" && name != algorithm {
		return awsjson.Errorf("InvalidKeyUsageException", "Algorithm %s is incompatible with the key.", name)
	}
	return nil
}

func (s *Server) encrypt(_ context.Context, in *encryptInput) (*encryptOutput, error) {
	if err := checkAlgorithm(in.Algorithm); err != nil {
		return nil, err
	}
	if n := len(in.Plaintext); n < 1 || n > maxPlaintext {
		return nil, validation("1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and %d", maxPlaintext)
	}
	k, err := s.findFor(in.KeyID, usageEncrypt)
	if err != nil {
		return nil, err
	}
	blob, err := k.seal(in.Plaintext, in.Context)
	if err != nil {
		return nil, err
	}
	return &encryptOutput{s.arn("key/" + k.ID), blob, algorithm}, nil
}

type decryptInput struct {
	// KeyID is optional; the ciphertext names its key.
	KeyID          string `json:"KeyId"`
	CiphertextBlob []byte
	Context        map[string]string `json:"EncryptionContext"`
	Algorithm      string            `json:"EncryptionAlgorithm"`
}

type decryptOutput struct {
	KeyID     string `json:"KeyId"`
	Plaintext []byte
	Algorithm string `json:"EncryptionAlgorithm"`
}

func (s *Server) decrypt(_ context.Context, in *decryptInput) (*decryptOutput, error) {
	if err := checkAlgorithm(in.Algorithm); err != nil {
		return nil, err
	}
	invalid := &awsjson.Error{Code: "InvalidCiphertextException"}
	id, err := keyOf(in.CiphertextBlob)
	if err != nil {
		return nil, invalid
	}
	k, err := s.find(id)
	if err != nil {
		return nil, invalid // a key that was never here, or is lost
	}
	if in.KeyID != "" {
		given, err := s.findFor(in.KeyID, usageEncrypt)
		if err != nil {
			return nil, err
		}
		if given.ID != k.ID {
			return nil, awsjson.Errorf("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		}
	}
	plaintext, err := k.open(in.CiphertextBlob, in.Context)
	if errors.Is(err, errInvalidCiphertext) {
		return nil, invalid
	}
	if err != nil {
		return nil, err
	}
	return &decryptOutput{s.arn("key/" + k.ID), plaintext, algorithm}, nil
}

type dataKeyInput struct {
	KeyID         string            `json:"KeyId"`
	Context       map[string]string `json:"EncryptionContext"`
	KeySpec       string
	NumberOfBytes *int
}

// size is how many bytes the data key is to have.
func (in *dataKeyInput) size() (int, error) {
	size, ok := map[string]int{"AES_128": 16, "AES_256": 32}[in.KeySpec]
	switch {
	case ok && in.NumberOfBytes == nil:
		return size, nil
	case in.KeySpec == "" && in.NumberOfBytes != nil && *in.NumberOfBytes >= 1 && *in.NumberOfBytes <= 1024:
		return *in.NumberOfBytes, nil
	}
	return 0, validation("Please specify either number of bytes, 1 to 1024, or key spec.")
}

type dataKeyOutput struct {
	KeyID          string `json:"KeyId"`
	CiphertextBlob []byte
	Plaintext      []byte `json:",omitempty"`
}

func (s *Server) generateDataKey(_ context.Context, in *dataKeyInput) (*dataKeyOutput, error) {
	size, err := in.size()
	if err != nil {
		return nil, err
	}
	k, err := s.findFor(in.KeyID, usageEncrypt)
	if err != nil {
		return nil, err
	}
	plaintext := randomBytes(size)
	blob, err := k.seal(plaintext, in.Context)
	if err != nil {
		return nil, err
	}
	return &dataKeyOutput{s.arn("key/" + k.ID), blob, plaintext}, nil
}

func (s *Server) generateDataKeyWithoutPlaintext(ctx context.Context, in *dataKeyInput) (*dataKeyOutput, error) {
	if in.KeySpec == "" && in.NumberOfBytes == nil {
		in.KeySpec = "AES_256"
	}
	out, err := s.generateDataKey(ctx, in)
	if err != nil {
		return nil, err
	}
	out.Plaintext = nil
	return out, nil
}

var macs = map[string]func() hash.Hash{
	"HMAC_SHA_224": sha256.New224,
	"HMAC_SHA_256": sha256.New,
	"HMAC_SHA_384": sha512.New384,
	"HMAC_SHA_512": sha512.New,
}

type macInput struct {
	KeyID     string `json:"KeyId"`
	Message   []byte
	Algorithm string `json:"MacAlgorithm"`
}

type generateMacOutput struct {
	KeyID     string `json:"KeyId"`
	Mac       []byte
	Algorithm string `json:"MacAlgorithm"`
}

func (s *Server) generateMac(_ context.Context, in *macInput) (*generateMacOutput, error) {
	k, sum, err := s.mac(in)
	if err != nil {
		return nil, err
	}
	return &generateMacOutput{s.arn("key/" + k.ID), sum, in.Algorithm}, nil
}

func (s *Server) mac(in *macInput) (*key, []byte, error) {
	if n := len(in.Message); n < 1 || n > maxPlaintext {
		return nil, nil, validation("1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length between 1 and %d", maxPlaintext)
	}
	k, err := s.findFor(in.KeyID, usageMAC)
	if err != nil {
		return nil, nil, err
	}
	if in.Algorithm != specs[k.Spec].mac {
		return nil, nil, awsjson.Errorf("InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.", in.Algorithm, k.Spec)
	}
	h := hmac.New(macs[in.Algorithm], k.Material)
	h.Write(in.Message)
	return k, h.Sum(nil), nil
}

type verifyMacInput struct {
	macInput
	Mac []byte
}

type verifyMacOutput struct {
	KeyID     string `json:"KeyId"`
	MacValid  bool
	Algorithm string `json:"MacAlgorithm"`
}

func (s *Server) verifyMac(_ context.Context, in *verifyMacInput) (*verifyMacOutput, error) {
	k, sum, err := s.mac(&in.macInput)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(sum, in.Mac) {
		return nil, &awsjson.Error{Code: "KMSInvalidMacException"}
	}
	return &verifyMacOutput{s.arn("key/" + k.ID), true, in.Algorithm}, nil
}
