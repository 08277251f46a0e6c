//go:build windows

package push

import (
	"fmt"
	"os"
	"time"

	"relaypoint/client/windows/internal/contract"
)

// maxInstallerLog is how much of the installer's own log is kept, in bytes of UTF-8: its end, where the failures are.
const maxInstallerLog = 12 << 10

// output is output.log: what this program did, and what the installer said.
type output struct{ file *os.File }

func openOutput(path string) (*output, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return &output{file}, err
}

func (o *output) say(format string, values ...any) {
	fmt.Fprintf(o.file, contract.Timestamp(time.Now())+" "+format+"\r\n", values...)
}

func (o *output) append(path string) {
	if text, err := os.ReadFile(path); err == nil {
		_, _ = o.file.WriteString(contract.Tail(contract.InstallerText(text), maxInstallerLog) + "\r\n")
	}
}

func (o *output) close() { _ = o.file.Close() }
