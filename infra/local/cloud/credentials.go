package cloud

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyPair is a throw-away AWS access key, made once per data folder. It opens
// nothing but the embedded services.
type keyPair struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

func openKeyPair(dir string) (keyPair, error) {
	path := filepath.Join(dir, "credentials.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		pair := keyPair{AccessKeyID: "AKIA" + rand.Text()[:16], SecretAccessKey: (rand.Text() + rand.Text())[:40]}
		return pair, writeJSON(path, pair)
	}
	if err != nil {
		return keyPair{}, fmt.Errorf("reading the access key: %w", err)
	}
	var pair keyPair
	if err := json.Unmarshal(text, &pair); err != nil || pair.AccessKeyID == "" || pair.SecretAccessKey == "" {
		return keyPair{}, fmt.Errorf("%s is damaged; delete it to get a new access key", path)
	}
	return pair, nil
}
