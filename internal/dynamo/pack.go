package dynamo

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// dictionary primes the compressor with what every packed item repeats, so that
// a conversation fits the one kilobyte of a single write unit. Items written
// with it can only be read with it: never change it, add a second one instead.
const dictionary = `{"s":0,"e":0,"k":"quoted"},{"k":"signature"}` +
	`"source":"default","reason":{"code":"default"}},"source":"model","reason":{"code":"model","detail":"` +
	`"source":"estimate","reason":{"code":"words","detail":"` +
	`{"ID":"","Conversation":"","Direction":"out","At":"0001-01-01T00:00:00Z","From":{"name":"","address":"@marketplace.amazon.com"},` +
	`"To":[{"address":""}],"Cc":null,"Subject":"Re: ","HeaderID":"","References":null,"Text":"","Folds":null,"HTML":true,"Attachments":null,` +
	`"Automatic":"","Imported":false,"Warnings":null,"Language":"en-US","Send":null}` +
	`{"ID":"","Org":"","Mailbox":"","Store":"amazon.com","Buyer":{"name":"","address":"@marketplace.amazon.com"},"Subject":"Order: inquiry from Amazon customer ",` +
	`"Status":"awaiting","Labels":{"type":{"value":"buyer_message","source":"default","reason":{"code":"marketplace","detail":"X-Space-Notification-Type"}},` +
	`"category":{"value":"after_sale","source":"estimate","reason":{"code":"intent"}},"intent":{"value":"where_is_my_order","source":"estimate","reason":{"code":"words","detail":""}},` +
	`"priority":{"value":"medium","source":"estimate","reason":{"code":"default"}},"sentiment":{"value":"neutral","source":"estimate","reason":{"code":"default"}},` +
	`"language":{"value":"en-US","source":"estimate","reason":{"code":"script"}},"summary":""},"Clock":{"start":"2026-11-22T00:00:00Z","due":"2026-11-23T00:00:00Z"},` +
	`"Assignee":"","OrderNumbers":[""],"Snippet":"","LastAt":"2026-11-22T00:00:00Z","LastIncoming":"","Messages":1,"HasAttachments":false,"Suspicious":false,` +
	`"Route":{"to":"@marketplace.amazon.com","noResponseLink":"https://www.amazon.com/gp/communication-manager/no-response-needed.html?messageCode="},"Sorted":true,"Version":1}`

var packers = sync.Pool{New: func() any {
	w, err := flate.NewWriterDict(io.Discard, flate.BestCompression, []byte(dictionary))
	if err != nil { // only for a level that does not exist
		return nil
	}
	return w
}}

// pack is v as compressed JSON.
func pack(v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("packing an item: %w", err)
	}
	var out bytes.Buffer
	w, ok := packers.Get().(*flate.Writer)
	if !ok {
		return nil, fmt.Errorf("packing an item: no compressor")
	}
	defer packers.Put(w)
	w.Reset(&out)
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("packing an item: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing an item: %w", err)
	}
	return out.Bytes(), nil
}

// unpack reads what pack wrote into v.
func unpack(packed []byte, v any) error {
	plain, err := io.ReadAll(flate.NewReaderDict(bytes.NewReader(packed), []byte(dictionary)))
	if err != nil {
		return fmt.Errorf("unpacking an item: %w", err)
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("unpacking an item: %w", err)
	}
	return nil
}
