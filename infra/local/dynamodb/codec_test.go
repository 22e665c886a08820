package dynamodb

import (
	"encoding/json"
	"testing"
)

const everyKind = `{"s":{"S":"text"},"n":{"N":"-1.5"},"b":{"B":"AP8="},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},
	"bs":{"BS":["AQ=="]},"t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},"l":{"L":[{"N":"1"},{"L":[]}]},"m":{"M":{"k":{"S":""}}}}`

func itemFrom(t testing.TB, wire string) item {
	t.Helper()
	var it item
	if err := json.Unmarshal([]byte(wire), &it); err != nil {
		t.Fatal(err)
	}
	it, err := it.normalised()
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func TestRecordRoundTrip(t *testing.T) {
	it := itemFrom(t, everyKind)
	record := encodeRecord(it)
	if got := recordSize(record); got != it.size() {
		t.Errorf("size is %d, want %d", got, it.size())
	}
	got, err := decodeRecord(record)
	if err != nil || !got.equal(it) {
		t.Errorf("got %v, %v", got, err)
	}
	for cut := range len(record) {
		if _, err := decodeRecord(record[:cut]); err == nil {
			t.Errorf("a record cut to %d bytes was read", cut)
		}
	}
}

func TestWireRoundTrip(t *testing.T) {
	it := itemFrom(t, everyKind)
	wire, err := json.Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	if got := itemFrom(t, string(wire)); !got.equal(it) {
		t.Errorf("got %s", wire)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(encodeRecord(itemFrom(f, everyKind)))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, record []byte) {
		it, err := decodeRecord(record)
		if err != nil {
			return
		}
		if again, err := decodeRecord(encodeRecord(it)); err != nil || len(again) != len(it) {
			t.Errorf("reading again: %v", err)
		}
	})
}

func FuzzValueJSON(f *testing.F) {
	f.Add([]byte(everyKind))
	f.Add([]byte(`{"a":{"S":"\u0000\ud83d\ude00<&>"},"b":{"X":1},"c":{"S":"a","N":"1"}}`))
	f.Fuzz(func(t *testing.T, wire []byte) {
		var it item
		if json.Unmarshal(wire, &it) != nil {
			return
		}
		it, err := it.normalised()
		if err != nil {
			return
		}
		out, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		var again item
		if err := json.Unmarshal(out, &again); err != nil || !again.equal(it) {
			t.Errorf("%s is not what was written: %v", out, err)
		}
	})
}
