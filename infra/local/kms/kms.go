// Package kms is AWS KMS on one machine: symmetric and HMAC keys, aliases,
// encryption under an encryption context, data keys and message authentication
// codes, behind the AWS JSON protocol.
//
// Key material lies in one file that only its owner can read. Key policies,
// grants, rotation, deletion and asymmetric keys are not offered: asking for
// one is an error.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/
package kms

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
	"github.com/quilldesk/quilldesk/infra/local/jsonfile"
)

// account owns every key.
const account = "000000000000"

// Options are what a Server needs to know of its surroundings.
type Options struct {
	// Region is the region of the keys' ARNs.
	Region string
	Now    func() time.Time
}

// Server holds the keys. It is safe for concurrent use.
type Server struct {
	region string
	now    func() time.Time
	path   string

	mu   sync.RWMutex
	ring keyring
}

// Open reads the keys kept in dir, which is made if it is missing.
func Open(dir string, o Options) (*Server, error) {
	path := filepath.Join(dir, "keys.json")
	ring := keyring{Keys: map[string]*key{}, Aliases: map[string]string{}}
	if err := jsonfile.Read(path, &ring); err != nil {
		return nil, err
	}
	return &Server{region: o.Region, now: o.Now, path: path, ring: ring}, nil
}

// Close ends the server. Keys are on disk since they were made.
func (s *Server) Close() error { return nil }

// Handler serves the API.
func (s *Server) Handler() http.Handler {
	return &awsjson.Service{Prefix: "TrentService", Version: "1.1", Operations: map[string]awsjson.Operation{
		"CreateKey":                       awsjson.Op(s.createKey),
		"DescribeKey":                     awsjson.Op(s.describeKey),
		"CreateAlias":                     awsjson.Op(s.createAlias),
		"Encrypt":                         awsjson.Op(s.encrypt),
		"Decrypt":                         awsjson.Op(s.decrypt),
		"GenerateDataKey":                 awsjson.Op(s.generateDataKey),
		"GenerateDataKeyWithoutPlaintext": awsjson.Op(s.generateDataKeyWithoutPlaintext),
		"GenerateMac":                     awsjson.Op(s.generateMac),
		"VerifyMac":                       awsjson.Op(s.verifyMac),
	}}
}

func (s *Server) arn(resource string) string {
	return "arn:aws:kms:" + s.region + ":" + account + ":" + resource
}

// find returns the key of a key ID, an alias, or the ARN of either.
func (s *Server) find(id string) (*key, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	name := strings.TrimPrefix(id, s.arn(""))
	name = strings.TrimPrefix(name, "key/")
	if target, ok := s.ring.Aliases[name]; ok {
		name = target
	}
	k := s.ring.Keys[name]
	if k == nil {
		return nil, awsjson.Errorf("NotFoundException", "Key '%s' does not exist", id)
	}
	return k, nil
}

// findFor returns a key that is meant for usage.
func (s *Server) findFor(id, usage string) (*key, error) {
	if id == "" {
		return nil, validation("The request must contain KeyId.")
	}
	k, err := s.find(id)
	if err != nil {
		return nil, err
	}
	if k.Usage != usage {
		return nil, awsjson.Errorf("InvalidKeyUsageException", "%s key usage is %s which is not valid for this operation.", s.arn("key/"+k.ID), k.Usage)
	}
	return k, nil
}

func validation(format string, args ...any) error {
	return awsjson.Errorf("ValidationException", format, args...)
}

type createAliasInput struct {
	AliasName   string
	TargetKeyID string `json:"TargetKeyId"`
}

func (s *Server) createAlias(_ context.Context, in *createAliasInput) (*struct{}, error) {
	if !aliasName.MatchString(in.AliasName) || strings.HasPrefix(in.AliasName, "alias/aws/") {
		return nil, awsjson.Errorf("InvalidAliasNameException", "Alias must begin with alias/ and have letters, digits, /, _ and - only.")
	}
	k, err := s.find(in.TargetKeyID)
	if err != nil {
		return nil, err
	}
	return &struct{}{}, s.change(func(ring keyring) error {
		if _, taken := ring.Aliases[in.AliasName]; taken {
			return awsjson.Errorf("AlreadyExistsException", "An alias with the name %s already exists", s.arn(in.AliasName))
		}
		ring.Aliases[in.AliasName] = k.ID
		return nil
	})
}
