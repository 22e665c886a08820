package jsonfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/quilldesk/quilldesk/infra/local/jsonfile"
)

func TestWriteThenRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "state.json")
	got := map[string]int{"kept": 1}
	if err := jsonfile.Read(path, &got); err != nil || got["kept"] != 1 {
		t.Fatalf("a missing file gave %v, %v", got, err)
	}
	for n := range 2 { // the second replaces the first
		if err := jsonfile.Write(path, map[string]int{"n": n}); err != nil {
			t.Fatal(err)
		}
	}
	got = nil
	if err := jsonfile.Read(path, &got); err != nil || got["n"] != 1 {
		t.Errorf("read %v, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%d files stayed behind, %v", len(entries)-1, err)
	}
}

func TestFailedWriteKeepsTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := jsonfile.Write(path, 1); err != nil {
		t.Fatal(err)
	}
	if err := jsonfile.Write(path, func() {}); err == nil {
		t.Fatal("a function was encoded")
	}
	var got int
	if err := jsonfile.Read(path, &got); err != nil || got != 1 {
		t.Errorf("read %d, %v", got, err)
	}
}

func TestBrokenFileIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := jsonfile.Read(path, new(int)); err == nil {
		t.Error("a broken file was read")
	}
}
