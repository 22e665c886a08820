package offline

import (
	"context"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/assist"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTriage(b *testing.B) {
	e := newEngine(b)
	for name, text := range map[string]string{
		"typical":     "Hello, I ordered a lamp two weeks ago and it has not arrived. The tracking has not moved since Monday. Could you look into it please? Thanks, Dana",
		"Japanese":    "先週注文した電気ケトルがまだ手元に届いておりません。いつ頃になりそうでしょうか。",
		"long":        strings.Repeat("I would like to know whether the lamp fits my desk. ", 300),
		"adversarial": strings.Repeat("where is my is the not the where is ", 450),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := e.Triage(context.Background(), assist.Mail{Text: text}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
