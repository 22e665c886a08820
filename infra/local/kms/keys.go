package kms

import (
	"context"
	"crypto/rand"
	"maps"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
	"github.com/quilldesk/quilldesk/infra/local/jsonfile"
)

const (
	usageEncrypt = "ENCRYPT_DECRYPT"
	usageMAC     = "GENERATE_VERIFY_MAC"
)

// spec is a kind of key.
type spec struct {
	usage string
	size  int // bytes of key material
	mac   string
}

var specs = map[string]spec{
	"SYMMETRIC_DEFAULT": {usage: usageEncrypt, size: 32},
	"HMAC_224":          {usage: usageMAC, size: 28, mac: "HMAC_SHA_224"},
	"HMAC_256":          {usage: usageMAC, size: 32, mac: "HMAC_SHA_256"},
	"HMAC_384":          {usage: usageMAC, size: 48, mac: "HMAC_SHA_384"},
	"HMAC_512":          {usage: usageMAC, size: 64, mac: "HMAC_SHA_512"},
}

var aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

// key is one KMS key; it never changes.
type key struct {
	ID          string
	Spec        string
	Usage       string
	Description string `json:",omitempty"`
	Created     time.Time
	Material    []byte
}

// keyring is all that is kept.
type keyring struct {
	Keys    map[string]*key   // by ID
	Aliases map[string]string // alias name, with "alias/", to key ID
}

// change applies f to a copy of the keyring and keeps it once it is on disk.
func (s *Server) change(f func(keyring) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ring := keyring{maps.Clone(s.ring.Keys), maps.Clone(s.ring.Aliases)}
	if err := f(ring); err != nil {
		return err
	}
	if err := jsonfile.Write(s.path, ring); err != nil {
		return err
	}
	s.ring = ring
	return nil
}

type createKeyInput struct {
	KeySpec     string
	KeyUsage    string
	Description string
	Origin      string
}

type keyOutput struct {
	KeyMetadata metadata
}

type metadata struct {
	AWSAccountID string `json:"AWSAccountId"`
	KeyID        string `json:"KeyId"`
	Arn          string
	CreationDate awsjson.Time
	Enabled      bool
	Description  string
	KeyUsage     string
	KeyState     string
	Origin       string
	KeyManager   string
	KeySpec      string
	Encryption   []string `json:"EncryptionAlgorithms,omitempty"`
	MAC          []string `json:"MacAlgorithms,omitempty"`
	MultiRegion  bool
}

func (s *Server) metadata(k *key) metadata {
	m := metadata{
		AWSAccountID: account, KeyID: k.ID, Arn: s.arn("key/" + k.ID), CreationDate: awsjson.Time(k.Created), Enabled: true, Description: k.Description,
		KeyUsage: k.Usage, KeyState: "Enabled", Origin: "AWS_KMS", KeyManager: "CUSTOMER", KeySpec: k.Spec,
	}
	if mac := specs[k.Spec].mac; mac != "" {
		m.MAC = []string{mac}
	} else {
		m.Encryption = []string{"SYMMETRIC_DEFAULT"}
	}
	return m
}

func (s *Server) createKey(_ context.Context, in *createKeyInput) (*keyOutput, error) {
	k := &key{ID: uuid.NewString(), Spec: in.KeySpec, Usage: in.KeyUsage, Description: in.Description, Created: s.now()}
	if k.Spec == "" {
		k.Spec = "SYMMETRIC_DEFAULT"
	}
	if k.Usage == "" {
		k.Usage = usageEncrypt
	}
	kind, ok := specs[k.Spec]
	if !ok || in.Origin != "" && in.Origin != "AWS_KMS" {
		return nil, awsjson.Errorf("UnsupportedOperationException", "keys of spec %q and origin %q are not offered", in.KeySpec, in.Origin)
	}
	if k.Usage != kind.usage {
		return nil, validation("KeyUsage %s is not compatible with KeySpec %s.", k.Usage, k.Spec)
	}
	k.Material = randomBytes(kind.size)
	if err := s.change(func(ring keyring) error { ring.Keys[k.ID] = k; return nil }); err != nil {
		return nil, err
	}
	return &keyOutput{s.metadata(k)}, nil
}

type keyInput struct {
	KeyID string `json:"KeyId"`
}

func (s *Server) describeKey(_ context.Context, in *keyInput) (*keyOutput, error) {
	k, err := s.find(in.KeyID)
	if err != nil {
		return nil, err
	}
	return &keyOutput{s.metadata(k)}, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
