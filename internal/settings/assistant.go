package settings

import (
	"os"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/offline"
)

// Assistant is the one that AI_MODEL names, and the offline engine that answers
// when it cannot.
func (f Function) Assistant() (assistant, fallback assist.Assistant) {
	engine, err := offline.New()
	if err != nil {
		f.Log.Error("loading the offline engine", "err", err)
		os.Exit(1)
	}
	return engine, engine
}
