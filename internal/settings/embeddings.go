package settings

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/budget"
	"github.com/quilldesk/quilldesk/internal/knowledge"
)

// Knowledge is the knowledge base, found by meaning too where AI_EMBEDDINGS says so.
func (f Function) Knowledge() *knowledge.Base {
	id, err := parseEmbeddings(f.Get("AI_EMBEDDINGS"), f.Get("AI_MODEL"))
	if err != nil {
		f.Log.Error("reading AI_EMBEDDINGS", "err", err)
		os.Exit(1)
	}
	base := &knowledge.Base{State: f.Table(), Now: time.Now}
	if id == "" {
		return base
	}
	endpoint, _, _ := endpoints{}.GetServiceBaseEndpoint(context.Background(), "Bedrock Runtime") // it never fails
	base.Vectors = &knowledge.Vectors{
		Embedder: budget.Embedder{Keeper: f.Budget(), Next: bedrock.NewEmbedder(bedrock.Config{
			Model: id, Region: f.AWS.Region, Credentials: f.AWS.Credentials, Endpoint: endpoint, Client: f.AWS.HTTPClient, Now: time.Now,
		})},
		Objects: f.Bucket(), Log: f.Log,
	}
	return base
}

// parseEmbeddings reads the template's parameter AIEmbeddings: auto (on where
// AIModel is on Bedrock), off, or bedrock:<model id>. No model is "".
func parseEmbeddings(setting, aiModel string) (string, error) {
	kind, id, _ := strings.Cut(setting, ":")
	switch {
	case setting == "off":
		return "", nil
	case setting == "auto" && (aiModel == "bedrock" || strings.HasPrefix(aiModel, "bedrock:")):
		return bedrock.DefaultEmbedder, nil
	case setting == "auto":
		return "", nil
	case kind == "bedrock" && id != "":
		return id, nil
	}
	return "", fmt.Errorf("%q is not auto, off or bedrock:<model id>", setting)
}
