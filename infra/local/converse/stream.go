package converse

import (
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"
)

// pieceSize is how much of an answer one event of the stream carries, in bytes.
const pieceSize = 48

// stream writes events in the binary encoding of AWS event streams.
//
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
type stream struct {
	w   http.ResponseWriter
	enc *eventstream.Encoder
	err error // the first failure; nothing is written after it
}

// writeStream sends an answer as ConverseStream does. The backend gives whole
// answers, so the pieces follow each other at once.
func writeStream(w http.ResponseWriter, resp Response, latency int64) error {
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	s := &stream{w: w, enc: eventstream.NewEncoder()}
	s.send("messageStart", map[string]any{"role": "assistant"})
	for i, block := range resp.Content {
		s.block(i, block, resp.BrokenOff)
	}
	if resp.BrokenOff {
		return s.err
	}
	s.send("messageStop", map[string]any{"stopReason": resp.StopReason})
	s.send("metadata", map[string]any{"usage": resp.Usage.withTotal(), "metrics": metrics{latency}})
	return s.err
}

// block sends one block, or its first half.
func (s *stream) block(index int, block ContentBlock, half bool) {
	delta := func(text string) any { return map[string]any{"text": text} }
	text := ""
	switch {
	case block.ToolUse != nil:
		s.send("contentBlockStart", map[string]any{"contentBlockIndex": index,
			"start": map[string]any{"toolUse": map[string]any{"toolUseId": block.ToolUse.ID, "name": block.ToolUse.Name}}})
		delta = func(text string) any { return map[string]any{"toolUse": map[string]any{"input": text}} }
		text = string(block.ToolUse.Input)
	case block.Text != nil:
		text = *block.Text
	}
	all := pieces(text)
	if half {
		all = all[:(len(all)+1)/2]
	}
	for _, p := range all {
		s.send("contentBlockDelta", map[string]any{"contentBlockIndex": index, "delta": delta(p)})
	}
	if half {
		return
	}
	s.send("contentBlockStop", map[string]any{"contentBlockIndex": index})
}

// pieces cuts text between runes.
func pieces(text string) []string {
	var out []string
	for len(text) > pieceSize {
		cut := pieceSize
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		if cut == 0 {
			cut = pieceSize // not UTF-8
		}
		out = append(out, text[:cut])
		text = text[cut:]
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

func (s *stream) send(event string, payload any) {
	if s.err != nil {
		return
	}
	body, err := json.Marshal(payload)
	if err != nil {
		s.err = fmt.Errorf("encoding event %s: %w", event, err)
		return
	}
	m := eventstream.Message{Payload: body}
	m.Headers.Set(eventstreamapi.MessageTypeHeader, eventstream.StringValue(eventstreamapi.EventMessageType))
	m.Headers.Set(eventstreamapi.EventTypeHeader, eventstream.StringValue(event))
	m.Headers.Set(eventstreamapi.ContentTypeHeader, eventstream.StringValue("application/json"))
	if err := s.enc.Encode(s.w, m); err != nil {
		s.err = fmt.Errorf("sending event %s: %w", event, err)
		return
	}
	if f, ok := s.w.(http.Flusher); ok {
		f.Flush()
	}
}
