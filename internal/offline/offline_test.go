package offline

import "testing"

func newEngine(t testing.TB) *Engine {
	t.Helper()
	e, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNameIsOffline(t *testing.T) {
	if got := newEngine(t).Name(); got != "offline" {
		t.Errorf("Name() = %q", got)
	}
}
