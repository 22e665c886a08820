package model

import (
	"embed"
	"strings"
)

//go:embed prompts/*.md
var promptFiles embed.FS

// prompt is the system prompt of a task and what provenance calls it.
type prompt struct{ name, text string }

// files are the prompt files by task: instructions are followed in the same way
// as suggestions.
var files = map[Task]string{
	Triage: "triage", Suggest: "suggest", Draft: "draft", Instruct: "draft", Polish: "polish", Translate: "translate",
}

// prompts are read from prompts/*.md: a line "version: n", an empty line, the
// text. The package's tests hold a text to its version.
var prompts = readPrompts()

func readPrompts() map[Task]prompt {
	common, _ := readPrompt("common")
	all := map[Task]prompt{}
	for task, file := range files {
		text, version := readPrompt(file)
		all[task] = prompt{name: file + "@" + version, text: common + "\n\n" + text}
	}
	return all
}

// readPrompt reads an embedded file; one that is missing is an empty prompt,
// which the tests rule out.
func readPrompt(file string) (text, version string) {
	content, _ := promptFiles.ReadFile("prompts/" + file + ".md")
	head, text, _ := strings.Cut(string(content), "\n\n")
	return strings.TrimSpace(text), strings.TrimPrefix(head, "version: ")
}
