package dynamodb

import (
	"math/big"
	"strconv"
	"strings"
)

// Bounds of a DynamoDB number: 38 significant digits, magnitude 1E-130 to 9.99…E+125.
const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

// number is a decimal: ± d₁.d₂d₃… × 10^exponent. Two numbers are equal when all fields are.
type number struct {
	negative bool
	digits   string // without leading or trailing zeros; empty for zero
	exponent int    // of the first digit
}

// parseNumber reads what AWS accepts as a number: optional sign, digits with an optional point,
// optional exponent.
func parseNumber(text string) (number, error) {
	rest, negative := text, false
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		negative, rest = rest[0] == '-', rest[1:]
	}
	mantissa, exponent, err := splitExponent(rest)
	if err != nil {
		return number{}, notNumeric(text)
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !onlyDigits(whole) || !onlyDigits(fraction) {
		return number{}, notNumeric(text)
	}
	return newNumber(negative, whole+fraction, exponent+len(whole)-1)
}

func splitExponent(text string) (mantissa string, exponent int, err error) {
	at := strings.IndexAny(text, "eE")
	if at < 0 {
		return text, 0, nil
	}
	exponent, err = strconv.Atoi(text[at+1:])
	return text[:at], exponent, err
}

func onlyDigits(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}

func notNumeric(text string) *apiError {
	if text == "" {
		return invalid("The parameter cannot be converted to a numeric value")
	}
	return invalid("The parameter cannot be converted to a numeric value: %s", text)
}

// newNumber trims zeros and checks precision and magnitude.
func newNumber(negative bool, digits string, exponent int) (number, error) {
	trimmed := strings.TrimLeft(digits, "0")
	exponent -= len(digits) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, "0")
	switch {
	case trimmed == "":
		return number{}, nil
	case exponent > maxExponent:
		return number{}, invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case exponent < minExponent:
		return number{}, invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	case len(trimmed) > maxDigits:
		return number{}, invalid("Attempting to store more than 38 significant digits in a Number")
	}
	return number{negative: negative, digits: trimmed, exponent: exponent}, nil
}

// String gives the form DynamoDB answers with: plain decimal notation, never an exponent.
func (n number) String() string {
	sign := ""
	if n.negative {
		sign = "-"
	}
	point := n.exponent + 1 // digits before the decimal point
	switch {
	case n.digits == "":
		return "0"
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + n.digits
	case point >= len(n.digits):
		return sign + n.digits + strings.Repeat("0", point-len(n.digits))
	}
	return sign + n.digits[:point] + "." + n.digits[point:]
}

// sum gives n+m, or an error when the exact result does not fit 38 digits.
func (n number) sum(m number) (number, error) {
	scale := min(n.scale(), m.scale())
	total := new(big.Int).Add(n.scaled(scale), m.scaled(scale))
	digits := new(big.Int).Abs(total).String()
	return newNumber(total.Sign() < 0, digits, scale+len(digits)-1)
}

// negated gives -n.
func (n number) negated() number {
	if n.digits != "" {
		n.negative = !n.negative
	}
	return n
}

// scale is the power of ten of the last digit.
func (n number) scale() int {
	return n.exponent - len(n.digits) + 1
}

// scaled gives n / 10^scale, for a scale not above n's own.
func (n number) scaled(scale int) *big.Int {
	if n.digits == "" {
		return new(big.Int)
	}
	digits := n.digits + strings.Repeat("0", n.scale()-scale)
	total, _ := new(big.Int).SetString(digits, 10)
	if n.negative {
		total.Neg(total)
	}
	return total
}

// size is the storage AWS documents: one byte per two significant digits and one more.
func (n number) size() int {
	return (len(n.digits)+1)/2 + 1
}

// Leading bytes of an encoded number key.
const (
	negativeKey = 1
	zeroKey     = 2
	positiveKey = 3
)

// appendKey appends bytes that order as the numbers do and end themselves.
func (n number) appendKey(dst []byte) []byte {
	if n.digits == "" {
		return append(dst, zeroKey)
	}
	sign, flip := byte(positiveKey), byte(0)
	if n.negative {
		sign, flip = negativeKey, 0xff
	}
	dst = append(dst, sign, byte(n.exponent-minExponent)^flip)
	for _, digit := range []byte(n.digits) {
		dst = append(dst, (digit-'0'+1)^flip)
	}
	return append(dst, 0^flip)
}
