// Package offline sorts, suggests, writes and translates without a model: word
// lists in fifteen languages for labels, a bank of reviewed sentences for
// answers. It keeps Quilldesk useful when no model is bound, when it is
// throttled and when the budget is spent. What it finds is marked as an
// estimate, and what it writes promises nothing and invents nothing.
//
// The lists under lexicon and the sentences under bank are data that people can
// review; lexicon.go and bank.go describe their form.
package offline

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Engine is an assist.Assistant without a model. It holds no state but its
// tables and is safe for concurrent use.
type Engine struct {
	lexicons  lexicons
	bank      bank
	headlines headlines
}

var _ assist.Assistant = (*Engine)(nil)

// New reads the embedded sentences and headlines. It fails only when they are
// malformed, which the package's tests rule out.
func New() (*Engine, error) {
	bank, err := loadBank()
	if err != nil {
		return nil, err
	}
	headlines, err := loadHeadlines()
	if err != nil {
		return nil, err
	}
	return &Engine{lexicons: newLexicons(), bank: bank, headlines: headlines}, nil
}

// Name is what provenance and settings call the engine.
func (*Engine) Name() string { return "offline" }

func made() desk.Provenance {
	return desk.Provenance{Source: desk.ByEstimate, Model: "offline"}
}

// needsModel is the code of what only a model can do.
const needsModel = "needs_model"

// Instruct needs a model: free wishes cannot be written from a bank of sentences.
func (*Engine) Instruct(context.Context, assist.Case, string) (desk.Draft, error) {
	return desk.Draft{}, desk.Errorf(desk.Unavailable, needsModel, "writing from an instruction needs a model")
}

// Polish needs a model.
func (*Engine) Polish(context.Context, assist.Case, string) (desk.Draft, error) {
	return desk.Draft{}, desk.Errorf(desk.Unavailable, needsModel, "polishing needs a model")
}
