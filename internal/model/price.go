package model

import "strings"

// price is what a model costs in nano-dollars per token, by the global
// inference profile. A profile bound to a geography costs a tenth more.
type price struct{ input, output int64 }

// prices are public list prices, November 2026, by the beginning of a model's
// id. What is not here is counted in tokens and costs nothing.
var prices = map[string]price{
	"anthropic.claude-haiku-5-5": {input: 100, output: 500},
	"anthropic.claude-haiku-4-5": {input: 1000, output: 5000},
	"anthropic.claude-sonnet-4-": {input: 3000, output: 15000},
	"amazon.nova-micro":          {input: 35, output: 140},
}

// geographies are the prefixes of inference profiles that stay in one.
var geographies = []string{"us-gov.", "us.", "eu.", "jp.", "au.", "apac."}

// cost is an answer's price in micro-dollars, rounded up. Reading the prompt
// cache costs a tenth of input, writing to it a quarter more.
func cost(a Answer) int64 {
	p, geographic, ok := priceOf(a.Model)
	if !ok {
		return 0
	}
	hundredths := p.input*int64(100*a.InputTokens+10*a.CacheReadTokens+125*a.CacheWriteTokens) + p.output*int64(100*a.OutputTokens)
	if geographic {
		hundredths += hundredths / 10
	}
	const perMicroDollar = 100 * 1000
	return (hundredths + perMicroDollar - 1) / perMicroDollar
}

// priceOf finds a model by its id, with or without an inference profile's prefix
// or the ARN around it.
func priceOf(id string) (p price, geographic, ok bool) {
	id = id[strings.LastIndexByte(id, '/')+1:]
	for _, prefix := range geographies {
		if rest, cut := strings.CutPrefix(id, prefix); cut {
			id, geographic = rest, true
			break
		}
	}
	id = strings.TrimPrefix(id, "global.")
	for name, p := range prices {
		if strings.HasPrefix(id, name) {
			return p, geographic, true
		}
	}
	return price{}, false, false
}
