package converse

import (
	"encoding/json"
	"hash/fnv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode"
)

// dimensions is the length of the vectors made here; Cohere's have 1,024.
const dimensions = 256

// maxTexts is Cohere's limit of one request.
const maxTexts = 96

// invoke answers InvokeModel for Cohere's embedding models with vectors of word
// counts: alike texts have alike vectors, and no text is understood.
func invoke(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Texts     []string `json:"texts"`
		InputType string   `json:"input_type"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	switch {
	case !strings.HasPrefix(r.PathValue("id"), "cohere.embed"):
		writeError(w, r, &Error{http.StatusNotFound, "ResourceNotFoundException", "Only Cohere's embedding models are offered here."})
		return
	case err != nil || len(in.Texts) == 0 || len(in.Texts) > maxTexts || in.InputType == "":
		writeError(w, r, invalid("texts: 1 to %d of them, with an input_type", maxTexts))
		return
	}
	out := struct {
		Embeddings   [][]float32 `json:"embeddings"`
		ResponseType string      `json:"response_type"`
	}{ResponseType: "embeddings_floats"}
	tokens := 0
	for _, text := range in.Texts {
		vector := make([]float32, dimensions)
		words := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsNumber(c) })
		for _, word := range words {
			h := fnv.New32a()
			_, _ = h.Write([]byte(word)) // never fails
			vector[h.Sum32()%dimensions]++
		}
		tokens += len(words)
		out.Embeddings = append(out.Embeddings, vector)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Bedrock-Input-Token-Count", strconv.Itoa(tokens))
	_ = json.NewEncoder(w).Encode(out) // the caller sees a reply that broke off
}
