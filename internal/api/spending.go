package api

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// deskLanguages are what agents can read.
var deskLanguages = []desk.Language{"en", "zh-Hant", "zh-Hans"}

func deskLanguage(o desk.Organisation) DeskLanguage {
	if slices.Contains(deskLanguages, o.Language) {
		return DeskLanguage(o.Language)
	}
	return En
}

// storeFacts are the facts of each store, in the order the page shows stores.
func storeFacts(o desk.Organisation) []StoreFacts {
	all := []StoreFacts{}
	for _, s := range desk.Stores {
		if facts := o.Facts[s.Store]; facts != "" {
			all = append(all, StoreFacts{Store: string(s.Store), Facts: facts})
		}
	}
	return all
}

// Lengths of what an organisation tells the model, in characters.
const (
	maxTone  = 300
	maxFacts = 1000
)

// assistance changes what an organisation tells whoever helps with words.
func assistance(o *desk.Organisation, in *ChangeOrganisationJSONRequestBody) error {
	if in.Language != nil {
		if o.Language = desk.Language(*in.Language); !slices.Contains(deskLanguages, o.Language) {
			return desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
		}
	}
	if in.KnowledgeLanguage != nil {
		if o.KnowledgeLanguage = desk.Language(*in.KnowledgeLanguage); !inOrEmpty(desk.Languages, o.KnowledgeLanguage) {
			return desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
		}
	}
	if in.Tone != nil {
		if o.Tone = strings.TrimSpace(*in.Tone); utf8.RuneCountInString(o.Tone) > maxTone {
			return desk.Errorf(desk.Invalid, "tone_long", "the tone is longer than %d characters", maxTone)
		}
	}
	if in.StoreFacts == nil {
		return nil
	}
	o.Facts = map[desk.Store]string{}
	for _, f := range *in.StoreFacts {
		facts := strings.TrimSpace(f.Facts)
		if _, ok := desk.Store(f.Store).Info(); !ok || utf8.RuneCountInString(facts) > maxFacts {
			return desk.Errorf(desk.Invalid, "facts_long", "there is no such store, or its facts are longer than %d characters", maxFacts)
		}
		if facts != "" {
			o.Facts[desk.Store(f.Store)] = facts
		}
	}
	return nil
}

// GetSpending tells what the models cost in a month.
func (s *Server) GetSpending(context.Context, GetSpendingRequestObject) (GetSpendingResponseObject, error) {
	return nil, desk.Errorf(desk.Internal, "internal", "not yet")
}

// SetBudget sets the organisation's own limit.
func (s *Server) SetBudget(context.Context, SetBudgetRequestObject) (SetBudgetResponseObject, error) {
	return nil, desk.Errorf(desk.Internal, "internal", "not yet")
}
