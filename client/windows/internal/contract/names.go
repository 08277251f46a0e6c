package contract

import "strings"

// netBIOSLength is where Windows cuts a computer's old name.
const netBIOSLength = 15

// IsNamed tells whether a computer of this name is one that the order means. A NetBIOS name is cut at 15 characters, so
// more of a name than that is not compared against one.
func IsNamed(wanted []string, hostname string) bool {
	seen := shortName(hostname)
	for _, name := range wanted {
		short := shortName(name)
		if short == "" {
			continue
		}
		if short == seen || len(short) == netBIOSLength && strings.HasPrefix(seen, short) {
			return true
		}
	}
	return false
}

func shortName(name string) string {
	short, _, _ := strings.Cut(strings.TrimSpace(name), ".")
	return strings.ToUpper(short)
}
