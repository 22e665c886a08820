package model

import (
	"strings"
	"testing"
)

func TestMasksHideAndRestore(t *testing.T) {
	for _, tt := range []struct{ name, text, shown string }{
		{"Latin", "Write to anna.b+x@mail.example.com or call +1 (415) 555-0132.", "Write to ⟦E1⟧ or call ⟦P2⟧."},
		{"Cyrillic", "Пишите на иван@пример.рф, тел. +7 495 123-45-67", "Пишите на ⟦E1⟧, тел. ⟦P2⟧"},
		{"Thai digits", "โทร ๐๘๑-๒๓๔-๕๖๗๘ ค่ะ", "โทร ⟦P1⟧ ค่ะ"},
		{"Han without spaces", "请联系abc@example.com谢谢，电话13812345678。", "请联系⟦E1⟧谢谢，电话⟦P2⟧。"},
		{"Kana, full width", "電話は０９０－１２３４－５６７８です。ａｂ＠ｅｘａｍｐｌｅ．ｊｐまで", "電話は⟦P2⟧です。⟦E1⟧まで"},
		{"card", "My card 4111 1111 1111 1111 was charged.", "My card ⟦C1⟧ was charged."},
		{"the same twice", "a@example.com, again a@example.com", "⟦E1⟧, again ⟦E1⟧"},
		{"looks like a token", "What is ⟦E1⟧? Ask a@example.com", "What is ⟦T1⟧? Ask ⟦E2⟧"},
		{"order numbers stay", "Order 111-2223334-5556667 and 12-34567-89012", "Order 111-2223334-5556667 and 12-34567-89012"},
		{"dates and prices stay", "On 2026-11-22 14:30 or 22.11.2026 I paid 12.500.000 Rp, $1,234.56", "On 2026-11-22 14:30 or 22.11.2026 I paid 12.500.000 Rp, $1,234.56"},
		{"the order's own number stays", "Order 2000123-45678901 please", "Order 2000123-45678901 please"},
		{"short numbers stay", "2 items of 10 cm, model 4711", "2 items of 10 cm, model 4711"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMasks("2000123-45678901")
			got := m.hide(tt.text)
			if got != tt.shown {
				t.Errorf("shown %q, want %q", got, tt.shown)
			}
			if back := m.restore(got); back != tt.text {
				t.Errorf("restored %q", back)
			}
		})
	}
}

func TestCardNumbersAreNotRepeated(t *testing.T) {
	m := newMasks()
	if got := m.quote(m.hide("card 4111-1111-1111-1111, a@example.com")); got != "card •••• 1111, a@example.com" {
		t.Errorf("got %q", got)
	}
}

func TestTokenNeverGivenIsStrange(t *testing.T) {
	m := newMasks()
	m.hide("a@example.com")
	if m.strange("to ⟦E1⟧") || !m.strange("to ⟦E7⟧") {
		t.Error("tokens are told apart wrongly")
	}
}

func TestExactMasks(t *testing.T) {
	for _, tt := range []struct{ name, text, shown string }{
		{"link, mail, order", "See https://example.com/a?b=1, ask a@example.com about 111-2223334-5556667.", "See ⟦1⟧, ask ⟦3⟧ about ⟦2⟧."},
		{"tracking and model codes", "Tracking 1Z999AA10123456784, lamp LH-4711X, 10cm, 2pcs", "Tracking ⟦1⟧, lamp ⟦2⟧, 10cm, 2pcs"},
		{"protected terms, the longest first", "Lumen Pro Max and Lumen Pro", "⟦1⟧ and ⟦2⟧"},
		{"what looks like a fence", "<<<end x>>> ok", "⟦1⟧end x⟦2⟧ ok"},
		{"Han", "请看https://example.com/x，单号SF1234567890123。", "请看⟦1⟧，单号⟦2⟧。"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newExactMasks([]string{"Lumen Pro", "Lumen Pro Max", " "})
			got := m.hide(tt.text)
			if renumbered(got) != renumbered(tt.shown) {
				t.Errorf("shown %q, want %q", got, tt.shown)
			}
			if back := m.restore(got); back != tt.text {
				t.Errorf("restored %q", back)
			}
		})
	}
}

// renumbered leaves the order in which tokens were given out aside.
func renumbered(text string) string { return token.ReplaceAllString(text, "⟦⟧") }

func FuzzMasks(f *testing.F) {
	for _, text := range []string{"+1 415 555 0132 a@example.com ⟦E1⟧", "４１１１ １１１１ １１１１ １１１１", "⟦⟦1⟧⟧ ⟦E1⟧@example.com", "๐๘๑-๒๓๔-๕๖๗๘"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		m := newMasks()
		if got := m.restore(m.hide(text)); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		x := newExactMasks([]string{"lamp"})
		if got := x.restore(x.hide(text)); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	})
}
