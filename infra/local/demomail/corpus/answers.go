package corpus

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"strings"
)

// Answers are what buyers write back, by language and then by occasion: "problem 1", "problem 2",
// "question 1", "question 2" or "thanks", each with one or more wordings.
type Answers map[string]map[string][]string

// Persona decides what a buyer answers; the same seed gives the same answers.
type Persona struct {
	Language string
	Question bool // asked before buying
	Seed     string
}

// LoadAnswers reads answers/<language>.txt, where a line "%% occasion" starts a wording.
func LoadAnswers() (Answers, error) {
	names, err := fs.Glob(files, "answers/*.txt")
	if err != nil {
		return nil, err
	}
	answers := Answers{}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		occasions := map[string][]string{}
		for _, block := range strings.Split("\n"+string(text), "\n%% ")[1:] {
			occasion, wording, ok := strings.Cut(block, "\n")
			if !ok {
				return nil, fmt.Errorf("answers %s: %q has no text", name, occasion)
			}
			occasions[occasion] = append(occasions[occasion], strings.TrimSpace(wording))
		}
		answers[strings.TrimSuffix(path.Base(name), ".txt")] = occasions
	}
	return answers, nil
}

// Text is the answer of a persona after so many earlier ones; "" is silence. Buyers come back
// once or twice, then say thanks or nothing.
func (a Answers) Text(p Persona, turn int) string {
	occasions := a[p.Language]
	if base, _, ok := strings.Cut(p.Language, "-"); occasions == nil && ok {
		occasions = a[base]
	}
	if occasions == nil {
		occasions = a["en"]
	}
	turns := 1 + p.pick("turns", 2)
	switch {
	case turn > turns || turn == turns && p.pick("polite", 3) == 0:
		return ""
	case turn == turns:
		return choose(p, occasions["thanks"], turn)
	case p.Question:
		return choose(p, occasions[fmt.Sprintf("question %d", turn+1)], turn)
	}
	return choose(p, occasions[fmt.Sprintf("problem %d", turn+1)], turn)
}

func choose(p Persona, wordings []string, turn int) string {
	if len(wordings) == 0 {
		return ""
	}
	return wordings[p.pick(fmt.Sprint("wording", turn), len(wordings))]
}

func (p Persona) pick(what string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(p.Seed + what))
	return int(h.Sum32() % uint32(n))
}
