package estimate_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/infra/local/estimate"
	"github.com/quilldesk/quilldesk/infra/local/loopback"
	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
	"github.com/quilldesk/quilldesk/internal/offline"
)

func newServer(t *testing.T) (*offline.Engine, *httptest.Server) {
	t.Helper()
	engine, err := offline.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(converse.New(estimate.Backend{Engine: engine}, time.Now).Handler())
	t.Cleanup(srv.Close)
	return engine, srv
}

func newAssistant(t *testing.T) (*offline.Engine, *model.Assistant) {
	t.Helper()
	engine, srv := newServer(t)
	return engine, &model.Assistant{Model: "m", Limit: 20 * time.Second, Backend: bedrock.New(bedrock.Config{
		Model: "us.anthropic.claude-haiku-5-5", Region: "us-east-1", Endpoint: srv.URL, Client: srv.Client(), Now: time.Now,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})}
}

var mails = []assist.Mail{
	{Subject: "Refund", Text: "Hello, I want a refund for my order, the lamp is broken. Call me at +1 415 555 0132.", Store: desk.AmazonCom, OrderNumbers: []string{"111-2223334-5556667"}},
	{Subject: "Frage", Text: "Guten Tag, wo bleibt mein Paket? Ich warte schon seit zwei Wochen.", Store: desk.Own},
	{Subject: "お問い合わせ", Text: "商品がまだ届きません。いつ届きますか？", Store: desk.AmazonCom},
	{Subject: "สอบถาม", Text: "สินค้าชำรุด อยากขอเปลี่ยนค่ะ", Store: desk.WalmartCom},
	{Subject: "Возврат", Text: "Здравствуйте, хочу вернуть товар и получить деньги обратно.", Store: desk.EBayCom},
	{Subject: "退款", Text: "您好，我想要退款，商品與描述不符。", Store: desk.NeweggCom},
}

// Through the questions of package model and Bedrock's API comes what the engine
// says when it is asked itself.
func TestLabelsOfTheEngineArrive(t *testing.T) {
	engine, a := newAssistant(t)
	for _, mail := range mails {
		want, _, err := engine.Triage(t.Context(), mail)
		if err != nil {
			t.Fatal(err)
		}
		got, made, err := a.Triage(t.Context(), mail)
		if err != nil {
			t.Errorf("%s: %v", mail.Subject, err)
			continue
		}
		if got.Intent.Value != want.Intent.Value || got.Type.Value != want.Type.Value || got.Sentiment.Value != want.Sentiment.Value ||
			got.Language.Value != want.Language.Value || got.Priority.Value != want.Priority.Value || got.Summary != want.Summary {
			t.Errorf("%s: got %+v, want %+v", mail.Subject, got, want)
		}
		if made.Source != desk.ByModel || got.Intent.Source != desk.ByModel {
			t.Errorf("%s: made by %+v", mail.Subject, made)
		}
	}
}

func TestSuggestionsAndDraftArrive(t *testing.T) {
	_, a := newAssistant(t)
	c := assist.Case{
		Mail: mails[0], Buyer: "Carol Example", OrderNumbers: mails[0].OrderNumbers, Language: "en-US", Signature: "Lumenhaus",
		Entries: []desk.Entry{{ID: "e9", Topic: "Refunds", Answer: "We refund within 5 days of the return.", Language: "en-US"}},
	}
	s, err := a.Suggest(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	whole := c // a base shown whole beside the question
	whole.Whole = append([]desk.Entry{{ID: "e1", Topic: "Gift wrapping", Answer: "We wrap every order as a gift.", Language: "en-US"}}, c.Entries...)
	if w, err := a.Suggest(t.Context(), whole); err != nil || len(w.Items) != 3 || len(w.Items[0].Entries) != 1 || w.Items[0].Entries[0] != "e9" {
		t.Errorf("with the whole base: %+v, %v", w, err)
	}
	if len(s.Items) != 3 || len(s.Items[0].Entries) != 1 || s.Items[0].Entries[0] != "e9" || !s.Grounded {
		t.Fatalf("suggestions %+v", s)
	}
	d, err := a.Draft(t.Context(), c, s.Items[0])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.Text, "Carol Example") || !strings.Contains(d.Text, "111-2223334-5556667") || !strings.HasSuffix(d.Text, "Lumenhaus") {
		t.Errorf("draft %s", d.Text)
	}
	if len(d.Citations) != 1 || d.Citations[0].Entry != "e9" || d.Text[d.Citations[0].Start:d.Citations[0].End] != "We refund within 5 days of the return." {
		t.Errorf("citations %+v", d.Citations)
	}
	translated, _, err := a.Translate(t.Context(), assist.Translation{Text: draftWithoutEntry(t, a, c), From: "en-US", To: "de", Protected: c.OrderNumbers})
	if err != nil || !strings.Contains(translated, "111-2223334-5556667") {
		t.Errorf("translation %q, %v", translated, err)
	}
}

func draftWithoutEntry(t *testing.T, a *model.Assistant, c assist.Case) string {
	t.Helper()
	d, err := a.Draft(t.Context(), c, desk.Suggestion{Stance: desk.Ask})
	if err != nil {
		t.Fatal(err)
	}
	return d.Text
}

func TestWhatNeedsAModelIsUnavailable(t *testing.T) {
	_, a := newAssistant(t)
	if _, err := a.Instruct(t.Context(), assist.Case{Mail: mails[0]}, "offer ten percent"); desk.KindOf(err) != desk.Unavailable {
		t.Errorf("instruct: %v", err)
	}
	if _, err := a.Polish(t.Context(), assist.Case{}, "thank you"); desk.KindOf(err) != desk.Unavailable {
		t.Errorf("polish: %v", err)
	}
}

func TestOtherClientsOfTheEndpoint(t *testing.T) {
	_, srv := newServer(t)
	client := bedrockruntime.New(bedrockruntime.Options{
		BaseEndpoint: &srv.URL, Region: "us-east-1", Retryer: aws.NopRetryer{}, HTTPClient: &http.Client{Transport: loopback.Transport{Next: srv.Client().Transport}},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	in := &bedrockruntime.ConverseInput{ModelId: aws.String("any"), Messages: []types.Message{{
		Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "Where is my parcel?"}},
	}}}
	out, err := client.Converse(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	said := out.Output.(*types.ConverseOutputMemberMessage).Value.Content[0].(*types.ContentBlockMemberText).Value
	if !strings.HasPrefix(said, "offline engine: language en-US, intent where_is_my_order") {
		t.Errorf("said %q", said)
	}

	in.ToolConfig = &types.ToolConfiguration{
		Tools:      []types.Tool{&types.ToolMemberToolSpec{Value: types.ToolSpecification{Name: aws.String("t"), InputSchema: &types.ToolInputSchemaMemberJson{}}}},
		ToolChoice: &types.ToolChoiceMemberTool{Value: types.SpecificToolChoice{Name: aws.String("t")}},
	}
	_, err = client.Converse(t.Context(), in)
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != "ValidationException" {
		t.Errorf("an unknown task: %v", err)
	}
}
