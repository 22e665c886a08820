package settings

import "testing"

func TestEmbeddingsSetting(t *testing.T) {
	for _, c := range []struct {
		setting, model, want string
		fails                bool
	}{
		{"auto", "bedrock", "cohere.embed-multilingual-v3", false},
		{"auto", "bedrock:us.amazon.nova-micro-v1:0", "cohere.embed-multilingual-v3", false},
		{"auto", "offline", "", false},
		{"auto", "openai:http://127.0.0.1/v1#m", "", false},
		{"off", "bedrock", "", false},
		{"bedrock:cohere.embed-v4:0", "off", "cohere.embed-v4:0", false},
		{"bedrock:", "bedrock", "", true},
		{"on", "bedrock", "", true},
	} {
		if got, err := parseEmbeddings(c.setting, c.model); got != c.want || (err != nil) != c.fails {
			t.Errorf("%s with %s: %q, %v", c.setting, c.model, got, err)
		}
	}
}
