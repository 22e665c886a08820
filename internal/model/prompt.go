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

// promptOf reads the prompt of a task: what every task has in common, and the
// task's own. A file begins with a line "version: n" and an empty one; the
// package's tests hold its text to its version.
func promptOf(t Task) prompt {
	common, _ := readPrompt("common")
	text, version := readPrompt(files[t])
	return prompt{name: files[t] + "@" + version, text: common + "\n\n" + text}
}

// readPrompt reads an embedded file; one that is missing is an empty prompt,
// which the tests rule out.
func readPrompt(file string) (text, version string) {
	content, _ := promptFiles.ReadFile("prompts/" + file + ".md")
	head, text, _ := strings.Cut(string(content), "\n\n")
	return strings.TrimSpace(text), strings.TrimPrefix(head, "version: ")
}
