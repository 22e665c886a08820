package kms

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"slices"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// An envelope is its mark, the length of the data key as KMS sealed it (two
// bytes, big endian), that sealed key, and the text under AES-256-GCM with its
// nonce before it. A data key is used once. It is made here and not by
// GenerateDataKey, so that sealing takes no right beyond kms:Encrypt.

// mark begins an envelope. KMS does not document how its own ciphertexts begin;
// by chance one would begin like this once in 2^96.
var mark = []byte("quilldesk/1\n")

func newDataKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err == nil {
		var sealer cipher.AEAD
		if sealer, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return sealer, nil
		}
	}
	return nil, desk.Errorf(desk.Internal, "internal", "using a data key: %w", err)
}

// wrap makes an envelope.
func wrap(key, sealedKey, plain []byte) ([]byte, error) {
	sealer, err := aead(key)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint16(slices.Clone(mark), uint16(len(sealedKey))) // KMS gives at most 6144 bytes
	head = append(head, sealedKey...)
	return sealer.Seal(head, nil, plain, sealedKey), nil
}

// unwrap parts an envelope; ok is false for what is none.
func unwrap(sealed []byte) (sealedKey, text []byte, ok bool) {
	rest, ok := bytes.CutPrefix(sealed, mark)
	if !ok || len(rest) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(rest))
	if rest = rest[2:]; len(rest) < n {
		return nil, nil, false
	}
	return rest[:n], rest[n:], true
}

func openText(key, sealedKey, text []byte) ([]byte, error) {
	opener, err := aead(key)
	if err != nil {
		return nil, err
	}
	plain, err := opener.Open(nil, nil, text, sealedKey)
	if err != nil {
		return nil, desk.Errorf(desk.Internal, "internal", "opening an envelope: %w", err)
	}
	return plain, nil
}
