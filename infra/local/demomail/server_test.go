package demomail

import (
	"bytes"
	"log/slog"
	"testing"
	"time"
)

func start(t *testing.T, dir string, change func(*Config)) *Server {
	t.Helper()
	config := Config{
		IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: dir, Now: time.Now, ReplyDelay: time.Hour,
		Log: slog.New(slog.NewTextHandler(testWriter{t}, nil)),
	}
	if change != nil {
		change(&config)
	}
	s, err := Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func TestSmoke(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	mails, err := s.accounts.byAddress["support@lumenhaus.example"].Mails("INBOX")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails[:3] {
		t.Logf("%s\n=======", m)
	}
}
