package kms

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
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

func readKeyring(path string) (keyring, error) {
	ring := keyring{Keys: map[string]*key{}, Aliases: map[string]string{}}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ring, nil
	}
	if err != nil {
		return keyring{}, fmt.Errorf("reading the keys: %w", err)
	}
	if err := json.Unmarshal(content, &ring); err != nil {
		return keyring{}, fmt.Errorf("reading the keys in %s: %w", path, err)
	}
	return ring, nil
}

// write replaces the file path; a crash leaves the old one or the new one.
func (r keyring) write(path string) error {
	content, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding the keys: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the key folder: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "keys-*") // readable by its owner only
	if err != nil {
		return fmt.Errorf("writing the keys: %w", err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing the keys: %w", err)
	}
	return nil
}

// change applies f to a copy of the keyring and keeps it once it is on disk.
func (s *Server) change(f func(keyring) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ring := keyring{maps.Clone(s.ring.Keys), maps.Clone(s.ring.Aliases)}
	if err := f(ring); err != nil {
		return err
	}
	if err := ring.write(s.path); err != nil {
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
