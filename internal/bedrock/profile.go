package bedrock

import "strings"

// DefaultModel is asked unless the settings name another.
const DefaultModel = "anthropic.claude-haiku-5-5"

// geographies are the inference profiles that keep data within one, by the
// beginning of a region's name.
var geographies = []struct{ region, prefix string }{
	{"us-gov-", "us-gov."}, {"us-", "us."}, {"eu-", "eu."},
	{"ap-northeast-1", "jp."}, {"ap-northeast-3", "jp."},
	{"ap-southeast-2", "au."}, {"ap-southeast-4", "au."},
}

// Profile is the inference profile of a model for a region: the region's own
// geography where there is one, else the global one.
func Profile(region, id string) string {
	for _, g := range geographies {
		if strings.HasPrefix(region, g.region) {
			return g.prefix + id
		}
	}
	return "global." + id
}
