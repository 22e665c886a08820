package cloud

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// systemRoots is where systems keep their certificate authorities as one file.
var systemRoots = []string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",             // SUSE
	"/etc/ssl/cert.pem",                  // Alpine, macOS, BSD
}

// trustDemo writes a bundle of the system's certificate authorities, or those
// of the caller's SSL_CERT_FILE, and the demo mail server's. Functions get it as
// SSL_CERT_FILE, so that demo and real mail servers are verified the same way.
func trustDemo(dir, callers, demoCA string) (string, error) {
	roots, err := readRoots(callers)
	if err != nil {
		return "", err
	}
	demo, err := os.ReadFile(demoCA)
	if err != nil {
		return "", fmt.Errorf("reading the demo mail server's certificate: %w", err)
	}
	path := filepath.Join(dir, "trust.pem")
	if err := os.WriteFile(path, bytes.Join([][]byte{roots, demo}, []byte("\n")), 0o600); err != nil {
		return "", fmt.Errorf("writing certificate authorities: %w", err)
	}
	return path, nil
}

// readRoots gives no roots on a system without any of the files: then only the
// demo mail server can be reached.
func readRoots(callers string) ([]byte, error) {
	if callers != "" {
		roots, err := os.ReadFile(callers)
		if err != nil {
			return nil, fmt.Errorf("reading SSL_CERT_FILE: %w", err)
		}
		return roots, nil
	}
	for _, path := range systemRoots {
		if roots, err := os.ReadFile(path); err == nil {
			return roots, nil
		}
	}
	return nil, nil
}
