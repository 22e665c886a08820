package offline

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// bankFiles hold the sentences of answers, one file per language: a key and a
// sentence with a tab between. The keys are "<intent>.about", ".resolve",
// ".ask" and ".decline" for each intent and a few that every answer shares.
// {name} and {order} are filled in. The sentences state no fact and promise
// nothing. British English lists only what differs from American.
//
//go:embed bank/*.tsv
var bankFiles embed.FS

// Keys that every answer shares.
const (
	hello       = "hello"
	helloName   = "hello.name"
	thanks      = "thanks"
	thanksOrder = "thanks.order"
	follow      = "follow"
	askEnd      = "ask.end"
	declineEnd  = "decline.end"
	known       = "knowledge"
	question    = "question"
	regards     = "regards"
)

var sharedKeys = []string{hello, helloName, thanks, thanksOrder, follow, askEnd, declineEnd, known, question, regards}

// Slots of sentences.
const (
	nameSlot  = "{name}"
	orderSlot = "{order}"
)

// bank holds every language's sentences by key.
type bank map[desk.Language]map[string]string

func loadBank() (bank, error) {
	b := bank{}
	for _, language := range desk.Languages {
		sentences, err := readSentences(language)
		if err != nil {
			return nil, err
		}
		b[language] = sentences
	}
	american := maps.Clone(b["en-US"])
	maps.Copy(american, b["en-GB"])
	b["en-GB"] = american
	for _, language := range desk.Languages {
		for _, key := range bankKeys() {
			if b[language][key] == "" {
				return nil, fmt.Errorf("reading the sentences of %s: no %q", language, key)
			}
		}
	}
	return b, nil
}

func bankKeys() []string {
	keys := slices.Clone(sharedKeys)
	for _, intent := range desk.Intents {
		for _, part := range []string{"about", string(desk.Resolve), string(desk.Ask), string(desk.Decline)} {
			keys = append(keys, string(intent)+"."+part)
		}
	}
	return keys
}

func readSentences(language desk.Language) (map[string]string, error) {
	file := "bank/" + string(language) + ".tsv"
	data, err := bankFiles.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("opening the sentences of %s: %w", language, err)
	}
	sentences := map[string]string{}
	for line := range strings.Lines(string(data)) {
		key, sentence, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || sentences[key] != "" {
			return nil, fmt.Errorf("reading %s: %q is no new key with a sentence", file, key)
		}
		sentences[key] = sentence
	}
	return sentences, nil
}

// space is what a language puts between two sentences of a line.
func space(language desk.Language) string {
	switch language {
	case "ja", "zh-Hans", "zh-Hant":
		return ""
	}
	return " "
}
