package converse_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/infra/local/converse"
)

// streamed sends a request over ConverseStream and puts the answer together.
func streamed(ctx context.Context, client *bedrockruntime.Client, in *bedrockruntime.ConverseInput) (string, error) {
	out, err := client.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{
		ModelId: in.ModelId, System: in.System, Messages: in.Messages, ToolConfig: in.ToolConfig, InferenceConfig: in.InferenceConfig, RequestMetadata: in.RequestMetadata,
	})
	if err != nil {
		return "", err
	}
	defer func() { _ = out.GetStream().Close() }()
	var got strings.Builder
	for event := range out.GetStream().Events() {
		if d, ok := event.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
			got.WriteString(piece(d.Value.Delta))
		}
	}
	return got.String(), out.GetStream().Err()
}

// Every mode is the same by both operations: the same answer, or the same failure.
func TestModesOverTheStream(t *testing.T) {
	for _, mode := range []converse.Mode{
		converse.Fine, converse.MalformedJSON, converse.FourthSuggestion, converse.UnknownAlias, converse.InjectedText, converse.Refusal,
		converse.Throttled, converse.NotReady, converse.TimedOut, converse.Slow,
	} {
		t.Run(string(mode), func(t *testing.T) {
			fake := newFake()
			client := newClient(t, fake)
			fake.Script("suggest", mode)
			ctx := t.Context()
			if mode == converse.Slow {
				limited, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
				ctx = limited
			}
			whole, wholeErr := client.Converse(ctx, suggest())
			pieces, err := streamed(ctx, client, suggest())
			if code(err) != code(wholeErr) {
				t.Fatalf("streamed %v, whole %v", err, wholeErr)
			}
			if err != nil {
				return
			}
			if want := strings.TrimPrefix(flat(t, whole), "give_suggestions "); sameText(pieces) != sameText(want) {
				t.Errorf("streamed %s, whole %s", pieces, want)
			}
		})
	}
}

// code is what a caller tells a failure by.
func code(err error) string {
	var e smithy.APIError
	switch {
	case errors.As(err, &e):
		return e.ErrorCode()
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case err != nil:
		return err.Error()
	}
	return ""
}

// sameText leaves out the blanks and the order of fields that decoding changes.
func sameText(text string) string {
	letters := strings.Split(strings.ReplaceAll(text, " ", ""), "")
	slices.Sort(letters)
	return strings.Join(letters, "")
}

func TestAStreamThatBreaksOff(t *testing.T) {
	fake := newFake()
	client := newClient(t, fake)
	fake.Script("suggest", converse.BrokenOff)
	got, _ := streamed(t.Context(), client, suggest()) // the SDK ends such a stream without an error
	if got == "" || !strings.HasPrefix(suggestions, got) || got == suggestions {
		t.Errorf("got %s", got)
	}
	if _, err := client.Converse(t.Context(), suggest()); err == nil {
		t.Error("a whole answer came")
	}
}
