package contract

import (
	"cmp"
	"math/big"
	"strings"
)

// CompareVersions compares dotted versions by number, as the distribution point does: parts that are no numbers compare
// as text, a pre-release (-rc.1) is older, what follows a plus sign does not count.
func CompareVersions(a, b string) int {
	aMain, aPre, aHasPre := splitVersion(a)
	bMain, bPre, bHasPre := splitVersion(b)
	if order := compareParts(aMain, bMain); order != 0 {
		return order
	}
	switch {
	case aHasPre && bHasPre:
		return compareParts(aPre, bPre)
	case aHasPre:
		return -1
	case bHasPre:
		return 1
	}
	return 0
}

func splitVersion(version string) (main, pre string, hasPre bool) {
	core, _, _ := strings.Cut(strings.TrimSpace(version), "+")
	return strings.Cut(core, "-")
}

func compareParts(a, b string) int {
	left, right := strings.Split(a, "."), strings.Split(b, ".")
	for n := range max(len(left), len(right)) {
		if order := comparePart(part(left, n), part(right, n)); order != 0 {
			return order
		}
	}
	return 0
}

func part(parts []string, n int) string {
	if n < len(parts) {
		return parts[n]
	}
	return "0"
}

func comparePart(a, b string) int {
	x, aIsNumber := number(a)
	y, bIsNumber := number(b)
	if aIsNumber && bIsNumber {
		return x.Cmp(y)
	}
	return cmp.Compare(a, b)
}

func number(text string) (*big.Int, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(text, 10)
}
