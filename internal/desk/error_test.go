package desk

import (
	"errors"
	"fmt"
	"testing"
)

func TestErrorsKeepTheirKindAndHideTheirCause(t *testing.T) {
	cause := errors.New("dial tcp 10.0.0.7:443: refused")
	inner := Errorf(Unavailable, "model_unavailable", "the model cannot be reached: %w", cause)
	err := fmt.Errorf("asking for a draft: %w", inner)
	if KindOf(err) != Unavailable || CodeOf(err) != "model_unavailable" || !errors.Is(err, cause) {
		t.Errorf("kind %s, code %s", KindOf(err), CodeOf(err))
	}
	if got := inner.Error(); got != "the model cannot be reached: dial tcp 10.0.0.7:443: refused" {
		t.Errorf("for the log: %q", got)
	}
	if got := inner.Public(); got != "the model cannot be reached" {
		t.Errorf("for people: %q", got)
	}
	if got := Errorf(Invalid, "name_missing", "an organisation needs a name").Public(); got != "an organisation needs a name" {
		t.Errorf("without a cause: %q", got)
	}
	if KindOf(cause) != Internal || CodeOf(cause) != "internal" {
		t.Errorf("a foreign error has kind %s, code %s", KindOf(cause), CodeOf(cause))
	}
}

func TestStrongerSourcesStay(t *testing.T) {
	hand := Set(High, ByHand, ReasonHand, "mei")
	if got := hand.Keep(Set(Low, ByModel, ReasonModel, "")); got != hand {
		t.Errorf("a model replaced a hand: %+v", got)
	}
	estimate := Set(Medium, ByEstimate, ReasonWords, "")
	if got := estimate.Keep(Set(Low, ByModel, ReasonModel, "")); got.Value != Low {
		t.Errorf("a model did not replace an estimate: %+v", got)
	}
	if got := estimate.Keep(Label[Priority]{Source: ByHand}); got != estimate {
		t.Errorf("an empty value replaced one: %+v", got)
	}
}
