package model

import "strings"

// price is what a model costs in nano-dollars per token, by the global
// inference profile. A profile bound to a geography costs a tenth more.
type price struct{ input, output int64 }

// prices are public list prices of Bedrock, November 2026, by the beginning of a
// model's id.
var prices = map[string]price{
	"anthropic.claude-haiku-5-5": {input: 100, output: 500},
	"anthropic.claude-haiku-4-5": {input: 1000, output: 5000},
	"anthropic.claude-sonnet-4-": {input: 3000, output: 15000},
	"amazon.nova-micro":          {input: 35, output: 140},
}

// dearest is the price of a model that is not in the list: more than those that
// are, so that a budget stops too early and never too late.
var dearest = price{input: 15000, output: 75000}

// geographies are the prefixes of inference profiles that stay in one.
var geographies = []string{"us-gov.", "us.", "eu.", "jp.", "au.", "apac."}

// Cost is the price of an answer of Bedrock's model id in micro-dollars, rounded
// up. Reading the prompt cache costs a tenth of input, writing to it a quarter
// more.
func Cost(id string, a Answer) int64 {
	return microDollars(id, int64(100*a.InputTokens+10*a.CacheReadTokens+125*a.CacheWriteTokens), int64(a.OutputTokens))
}

// formTokens is more than what a model is told about calling a tool.
const formTokens = 800

// Worst is the most that a question can cost with Bedrock's model id: everything
// written to the prompt cache, a token for every two bytes, and the longest
// answer. Real texts have a token for three to four bytes.
func Worst(id string, q Question) int64 {
	input := formTokens + (len(q.System)+len(q.Shared)+len(q.User)+len(q.Tool.Description)+len(q.Tool.Schema))/2
	return microDollars(id, 125*int64(input), int64(q.MaxTokens))
}

// microDollars is the price of hundredths of input tokens and of output tokens.
func microDollars(id string, inputHundredths, output int64) int64 {
	p, geographic := priceOf(id)
	hundredths := p.input*inputHundredths + p.output*100*output
	if geographic {
		hundredths += hundredths / 10
	}
	const perMicroDollar = 100 * 1000
	return (hundredths + perMicroDollar - 1) / perMicroDollar
}

// priceOf finds a model by its id, with or without an inference profile's prefix
// or the ARN around it.
func priceOf(id string) (p price, geographic bool) {
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
			return p, geographic
		}
	}
	return dearest, geographic
}
