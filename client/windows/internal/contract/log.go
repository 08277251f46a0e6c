package contract

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var byteOrderMark = []byte{0xff, 0xfe}

// InstallerText reads a log of the Windows installer, which is UTF-16 or of the system's code page.
func InstallerText(log []byte) string {
	if !bytes.HasPrefix(log, byteOrderMark) {
		return strings.ToValidUTF8(string(log), "\ufffd")
	}
	log = log[len(byteOrderMark):]
	units := make([]uint16, len(log)/2)
	for n := range units {
		units[n] = binary.LittleEndian.Uint16(log[2*n:])
	}
	return string(utf16.Decode(units))
}

// Tail is the end of a text, at most so many bytes, beginning with a whole character.
func Tail(text string, most int) string {
	if len(text) <= most {
		return text
	}
	text = text[len(text)-most:]
	for len(text) > 0 && !utf8.RuneStart(text[0]) {
		text = text[1:]
	}
	return text
}
