package openai

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/quilldesk/quilldesk/internal/model"
)

// errBrokeOff is a stream that ended before its answer did.
var errBrokeOff = errors.New("the stream ended early")

// isStream tells a stream from the whole answer that servers give which do not
// know the request's field.
func isStream(resp *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return resp.StatusCode == http.StatusOK && kind == "text/event-stream"
}

// chunk is one piece of an answer. The usage comes with the last, which has no
// choices; some servers never send it.
type chunk struct {
	Choices []struct {
		Delta        said   `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *usage `json:"usage"`
}

// maxLine is the longest line of a stream, in bytes.
const maxLine = 1 << 20

// readStream puts a reply together from server-sent events.
func readStream(stream io.Reader, q model.Question) (reply, error) {
	var got reply
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue // blank lines and comments
		}
		if data = strings.TrimSpace(data); data == "[DONE]" {
			break
		}
		var c chunk
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			return reply{}, fmt.Errorf("reading the model's stream: %w: %w", errBrokeOff, err)
		}
		got.add(c, q)
	}
	if err := lines.Err(); err != nil {
		return reply{}, fmt.Errorf("reading the model's stream: %w: %w", errBrokeOff, err)
	}
	if len(got.Choices) == 0 || got.Choices[0].FinishReason == "" {
		return reply{}, fmt.Errorf("reading the model's stream: %w", errBrokeOff)
	}
	return got, nil
}

// add lays a piece to what is there and tells the question what the tool's input
// is so far.
func (r *reply) add(c chunk, q model.Question) {
	if c.Usage != nil {
		r.Usage = *c.Usage
	}
	if len(c.Choices) == 0 {
		return
	}
	if len(r.Choices) == 0 {
		r.Choices = append(r.Choices, alternative{})
	}
	piece, whole := c.Choices[0], &r.Choices[0]
	if piece.FinishReason != "" {
		whole.FinishReason = piece.FinishReason
	}
	m := &whole.Message
	m.Content += piece.Delta.Content
	m.Refusal += piece.Delta.Refusal
	for _, more := range piece.Delta.Calls {
		if len(m.Calls) == 0 {
			m.Calls = append(m.Calls, call{})
		}
		m.Calls[0].Function.Arguments += more.Function.Arguments
	}
	if len(m.Calls) > 0 {
		q.Grows([]byte(m.Calls[0].Function.Arguments))
	} else if _, after, ok := strings.Cut(unthought(m.Content), "{"); ok {
		q.Grows([]byte("{" + after))
	}
}

// unthought is a text without the thoughts before it, "" while they last.
func unthought(text string) string {
	if i := strings.LastIndex(text, "</think>"); i >= 0 {
		return text[i+len("</think>"):]
	}
	if strings.Contains(text, "<think>") {
		return ""
	}
	return text
}
