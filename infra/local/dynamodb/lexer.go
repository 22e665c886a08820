package dynamodb

import (
	"strings"
)

// tokenKind tells the words of the expression languages apart.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenNameRef  // #name
	tokenValueRef // :value
	tokenNumber
	tokenSymbol  // = <> < <= > >= ( ) [ ] , . + -
	tokenUnknown // a character no expression has
)

// token is a word of an expression; start and end are byte offsets.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// maxExpression is the longest expression in bytes.
const maxExpression = 4096

// lex splits an expression into tokens, the last of them tokenEnd. It never fails: the parser meets
// unknown characters where they stand.
func lex(source string) []token {
	var tokens []token
	for at := 0; ; {
		at += len(source[at:]) - len(strings.TrimLeft(source[at:], " \t\r\n"))
		next := nextToken(source[at:])
		next.start, next.end = at, at+len(next.text)
		tokens = append(tokens, next)
		if next.kind == tokenEnd {
			return tokens
		}
		at = next.end
	}
}

func nextToken(rest string) token {
	if rest == "" {
		return token{kind: tokenEnd}
	}
	switch c := rest[0]; {
	case isLetter(c):
		return token{kind: tokenName, text: rest[:wordLength(rest)]}
	case (c == '#' || c == ':') && wordLength(rest[1:]) > 0:
		kind := tokenNameRef
		if c == ':' {
			kind = tokenValueRef
		}
		return token{kind: kind, text: rest[:1+wordLength(rest[1:])]}
	case isDigit(c):
		return token{kind: tokenNumber, text: rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]}
	}
	for _, symbol := range [...]string{"<>", "<=", ">="} {
		if strings.HasPrefix(rest, symbol) {
			return token{kind: tokenSymbol, text: symbol}
		}
	}
	if strings.IndexByte("=<>()[],.+-", rest[0]) >= 0 {
		return token{kind: tokenSymbol, text: rest[:1]}
	}
	return token{kind: tokenUnknown, text: rest[:1]}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// wordLength counts the leading letters, digits and underscores.
func wordLength(text string) int {
	n := 0
	for n < len(text) && (isLetter(text[n]) || isDigit(text[n]) || text[n] == '_') {
		n++
	}
	return n
}
