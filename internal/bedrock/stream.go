package bedrock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"

	"github.com/quilldesk/quilldesk/internal/model"
)

// errBrokeOff is a stream that ended before its answer did. It is not asked for
// again: what was written so far has been paid for, and stands on somebody's page.
var errBrokeOff = errors.New("the stream ended early")

// streaming sends a question to ConverseStream and tells the question what the
// tool's input is so far.
//
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
func (b *Backend) streaming(q model.Question) func(context.Context, []byte) (reply, error) {
	return func(ctx context.Context, body []byte) (reply, error) {
		resp, err := b.call(ctx, "converse-stream", body)
		if err != nil {
			return reply{}, err
		}
		defer func() { _ = resp.Body.Close() }()
		return readStream(io.LimitReader(resp.Body, maxReply), q)
	}
}

// event is what of any event of the stream is used here.
type event struct {
	Start struct {
		ToolUse *struct {
			Name string `json:"name"`
		} `json:"toolUse"`
	} `json:"start"`
	Delta struct {
		Text    string `json:"text"`
		ToolUse struct {
			Input string `json:"input"`
		} `json:"toolUse"`
	} `json:"delta"`
	StopReason string `json:"stopReason"`
	Usage      usage  `json:"usage"`
}

// readStream puts a reply together from its events. A reply without usage cannot
// be billed and counts as broken off.
func readStream(stream io.Reader, q model.Question) (reply, error) {
	var got reply
	decoder := eventstream.NewDecoder()
	for {
		m, err := decoder.Decode(stream, nil)
		if err != nil {
			return reply{}, fmt.Errorf("reading Converse's stream: %w: %w", errBrokeOff, err)
		}
		if err := exception(m); err != nil {
			return reply{}, err
		}
		var e event
		if err := json.Unmarshal(m.Payload, &e); err != nil {
			return reply{}, fmt.Errorf("reading Converse's stream: %w: %w", errBrokeOff, err)
		}
		switch header(m, eventstreamapi.EventTypeHeader) {
		case "contentBlockStart":
			got.begin(e)
		case "contentBlockDelta":
			got.add(e, q)
		case "messageStop":
			got.StopReason = e.StopReason
		case "metadata": // the last
			got.Usage = e.Usage
			return got, nil
		}
	}
}

// begin opens a block of a tool's use; a text needs no opening.
func (r *reply) begin(e event) {
	if e.Start.ToolUse != nil {
		r.Output.Message.Content = append(r.Output.Message.Content, block{ToolUse: &toolUse{Name: e.Start.ToolUse.Name}})
	}
}

// add appends a piece to the last block.
func (r *reply) add(e event, q model.Question) {
	content := &r.Output.Message.Content
	if e.Delta.Text != "" {
		if n := len(*content); n == 0 || (*content)[n-1].Text == nil {
			*content = append(*content, block{Text: new(string)})
		}
		*(*content)[len(*content)-1].Text += e.Delta.Text
	}
	if n := len(*content); e.Delta.ToolUse.Input != "" && n > 0 && (*content)[n-1].ToolUse != nil {
		use := (*content)[n-1].ToolUse
		use.Input = append(use.Input, e.Delta.ToolUse.Input...)
		if use.Name == q.Tool.Name {
			q.Grows(use.Input)
		}
	}
}

// exception is the failure an event of the stream tells of. Its name is that of
// the same failure elsewhere, in lower case at the beginning.
func exception(m eventstream.Message) error {
	code := ""
	switch header(m, eventstreamapi.MessageTypeHeader) {
	case eventstreamapi.ExceptionMessageType:
		code = header(m, eventstreamapi.ExceptionTypeHeader)
	case eventstreamapi.ErrorMessageType:
		code = header(m, eventstreamapi.ErrorCodeHeader)
	default:
		return nil
	}
	f := &failure{code: strings.ToUpper(code[:min(1, len(code))]) + code[min(1, len(code)):]}
	var body struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(m.Payload, &body) // the code says enough
	f.message = body.Message
	return fmt.Errorf("%w: %w", errBrokeOff, f)
}

func header(m eventstream.Message, name string) string {
	if v := m.Headers.Get(name); v != nil {
		return v.String()
	}
	return ""
}
