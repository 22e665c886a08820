package model

import (
	"regexp"
	"slices"
	"strings"
)

// number is a run of digits with marks between thousands and before decimals.
// 万, 億 and their kin multiply. grouped is one with blanks between thousands.
var (
	number  = regexp.MustCompile(`\d(?:[\d.,'’]*\d)?(?:\s?[万萬億亿])?`)
	grouped = regexp.MustCompile(`\b\d{1,3}(?: \d{3})+\b`)
)

// dates are days written in digits, with their month.
var dates = []*regexp.Regexp{
	regexp.MustCompile(`()(\d{1,2})\s?[月월]`),
	regexp.MustCompile(`(\d{4})[-./](\d{1,2})[-./]\d{1,2}`),
	regexp.MustCompile(`(\d{1,2})\.(\d{1,2})\.\d{2,4}`),
}

// scales are how many zeros a Chinese or Japanese unit adds.
var scales = map[rune]int{'万': 4, '萬': 4, '億': 8, '亿': 8}

// numbers are the numbers of a text in one form, sorted: 1.234,56 and 1’234.56
// are one, as are 3万 and 30,000. Full-width and Thai digits count as digits.
// Dates and ranges are several numbers.
func numbers(text string) []string {
	text = westernDigits(text)
	for _, d := range dates {
		text = d.ReplaceAllStringFunc(text, func(day string) string { return strings.NewReplacer(".", " / ", "-", " / ").Replace(day) })
	}
	var all []string
	for _, n := range number.FindAllString(text, -1) {
		all = append(all, canonical(n))
	}
	slices.Sort(all)
	return all
}

// canonical is a number without marks between thousands, with a point before
// decimals and without zeros that say nothing.
func canonical(n string) string {
	n, zeros := unscaled(strings.TrimSpace(n))
	whole, fraction := n, ""
	// The last mark is a decimal one unless three digits follow it.
	if i := strings.LastIndexAny(n, ".,"); i >= 0 && len(n)-i-1 != 3 {
		whole, fraction = n[:i], n[i+1:]
	}
	for ; zeros > 0; zeros-- {
		first := "0"
		if fraction != "" {
			first, fraction = fraction[:1], fraction[1:]
		}
		whole += first
	}
	whole = strings.TrimLeft(digits(whole), "0")
	if whole == "" {
		whole = "0"
	}
	if fraction = strings.TrimRight(digits(fraction), "0"); fraction != "" {
		return whole + "." + fraction
	}
	return whole
}

func unscaled(n string) (bare string, zeros int) {
	for unit, z := range scales {
		if rest, ok := strings.CutSuffix(n, string(unit)); ok {
			return strings.TrimSpace(rest), z
		}
	}
	return n, 0
}

// months are the months of a text's dates, which other languages write as words.
func months(text string) []string {
	var all []string
	for _, d := range dates {
		for _, m := range d.FindAllStringSubmatch(westernDigits(text), -1) {
			all = append(all, canonical(m[2]))
		}
	}
	return all
}

// sameNumbers is a flaw that says how the numbers of two texts differ. "2 500 ml"
// may be two numbers or one, so both readings of both texts are tried. A month
// may become a word or a word a month.
func sameNumbers(before, after string) error {
	lost, added := difference(numbers(before), numbers(after))
	for _, b := range []string{before, joined(before)} {
		for _, a := range []string{after, joined(after)} {
			if l, d := difference(numbers(b), numbers(a)); len(l)+len(d) < len(lost)+len(added) {
				lost, added = l, d
			}
		}
	}
	switch {
	case len(lost) == 0 && among(added, months(after)), len(added) == 0 && among(lost, months(before)):
		return nil
	case len(lost) > 0:
		return flaw{"the numbers are not the same", strings.Join(lost, ", ") + " must be in it"}
	}
	return flaw{"the numbers are not the same", strings.Join(added, ", ") + " must not be in it"}
}

// joined is a text without blanks between thousands.
func joined(text string) string {
	return grouped.ReplaceAllStringFunc(westernDigits(text), func(n string) string { return strings.ReplaceAll(n, " ", "") })
}

func among(some, all []string) bool {
	more, _ := difference(some, all)
	return len(more) == 0
}

// difference is what of a is not in b, and the other way round, each as often.
func difference(a, b []string) (lost, added []string) {
	count := map[string]int{}
	for _, n := range a {
		count[n]++
	}
	for _, n := range b {
		count[n]--
	}
	for n, c := range count {
		for ; c > 0; c-- {
			lost = append(lost, n)
		}
		for ; c < 0; c++ {
			added = append(added, n)
		}
	}
	slices.Sort(lost)
	slices.Sort(added)
	return lost, added
}

// unknownNumbers are the numbers of a text that stand in none of the others.
func unknownNumbers(text string, known []string) []string {
	var all []string
	for _, k := range known {
		all = append(all, numbers(k)...)
	}
	return slices.DeleteFunc(numbers(text), func(n string) bool { return slices.Contains(all, n) })
}
