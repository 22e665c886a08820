package model

import (
	"regexp"
	"slices"
	"strings"
)

// number is a run of digits with what may stand inside one: grouping and decimal
// marks, and the signs of dates and order numbers. 万, 億 and their kin multiply.
var number = regexp.MustCompile(`\d(?:[\d.,'’\x{00A0}\x{202F}/:-]*\d)?(?:\s?[万萬億亿])?`)

// month is a number that other languages write as a word.
var month = regexp.MustCompile(`\d{1,2}\s?[月월]`)

// scales are how many zeros a Chinese or Japanese unit adds.
var scales = map[rune]int{'万': 4, '萬': 4, '億': 8, '亿': 8}

// numbers are the numbers of a text as plain digits, sorted: 1.234,56 and
// 1 234,56 and 1’234.56 are one, as are 3万 and 30,000. Full-width and Thai
// digits count as digits.
func numbers(text string) []string {
	var all []string
	for _, n := range number.FindAllString(westernDigits(text), -1) {
		all = append(all, canonical(n))
	}
	slices.Sort(all)
	return all
}

func canonical(n string) string {
	n = strings.TrimSpace(n)
	zeros := 0
	for unit, z := range scales {
		if rest, ok := strings.CutSuffix(n, string(unit)); ok {
			n, zeros = strings.TrimSpace(rest), z
			if i := strings.LastIndexByte(n, '.'); i >= 0 { // 1.5万
				zeros -= len(n) - i - 1
			}
			break
		}
	}
	return digits(n) + strings.Repeat("0", max(zeros, 0))
}

// sameNumbers is a flaw that says how the numbers of two texts differ. The number
// of a month is left aside where only one of the two writes it so.
func sameNumbers(before, after string) error {
	lost, added := difference(numbers(before), numbers(after))
	if month.MatchString(westernDigits(before)) != month.MatchString(westernDigits(after)) {
		lost, added = difference(numbers(withoutMonths(before)), numbers(withoutMonths(after)))
	}
	switch {
	case len(lost) > 0:
		return flaw{"the numbers are not the same", strings.Join(lost, ", ") + " must be in it"}
	case len(added) > 0:
		return flaw{"the numbers are not the same", strings.Join(added, ", ") + " must not be in it"}
	}
	return nil
}

func withoutMonths(text string) string { return month.ReplaceAllString(westernDigits(text), " ") }

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
