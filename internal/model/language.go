package model

import "github.com/quilldesk/quilldesk/internal/desk"

// names are the languages as prompts call them.
var names = map[desk.Language]string{
	"en-US": "American English", "en-GB": "British English", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian",
	"ja": "Japanese", "ms": "Malay", "vi": "Vietnamese", "th": "Thai", "id": "Indonesian", "pt": "Portuguese", "ru": "Russian",
	"zh-Hans": "Chinese in simplified characters", "zh-Hant": "Chinese in traditional characters (Taiwan)",
}

// read is the language that agents or a knowledge base read, for a prompt.
func read(l desk.Language) string {
	if _, ok := names[l]; !ok {
		return "English"
	}
	return named(l)
}

// named is a language for a prompt, with its tag: "German (de)".
func named(l desk.Language) string {
	if name, ok := names[l]; ok {
		return name + " (" + string(l) + ")"
	}
	return names["en-US"] + " (en-US)"
}
