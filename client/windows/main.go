//go:build windows

// The Relaypoint management client for Windows, and its setup program: the same with an MSI in it.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/windows"

	"relaypoint/client/windows/internal/installed"
	"relaypoint/client/windows/internal/machine"
	"relaypoint/client/windows/internal/payload"
	"relaypoint/client/windows/internal/push"
	"relaypoint/client/windows/internal/service"
	"relaypoint/client/windows/internal/state"
)

// Set by the build.
var (
	version     = "0.0.0"
	productCode = ""
)

const usage = `usage:
  relaypoint-client status                  what is known here, as name=value lines, without secrets
  relaypoint-client version                 the version of this program
  relaypoint-client service                 the client; started by the service manager
  relaypoint-client push [ORDER-ATTEMPT]    an order of a distribution point; started by the service manager
`

const (
	exitFailed = 1
	exitUsage  = 64
)

func main() {
	args := os.Args[1:]
	role := ""
	if len(args) > 0 {
		role = args[0]
	}
	switch {
	case role == "version" && len(args) == 1:
		fmt.Println(version)
	case role == "status" && len(args) == 1:
		status()
	case role == "service" && len(args) == 1:
		serve(func() error { return service.Run(version) })
	case role == "push" && len(args) <= 2:
		attempt := strings.Join(args[1:], "")
		serve(func() error {
			return push.Run(push.Program{Version: version, ProductCode: productCode, MSI: payload.MSI}, attempt)
		})
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(exitUsage)
	}
}

func serve(run func() error) {
	err := run()
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		fmt.Fprint(os.Stderr, "this is started by the service manager\n"+usage)
		os.Exit(exitUsage)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "relaypoint-client:", err)
		os.Exit(exitFailed)
	}
}

func status() {
	reasons := machine.RestartReasons(installed.Folder())
	known, err := state.Load()
	registered := "no"
	switch {
	case err != nil:
		registered = "unknown" // only Administrators can read the state
	case known.Server != "":
		registered = "yes"
	}
	lastContact := ""
	if known.LastContact > 0 {
		lastContact = time.Unix(known.LastContact, 0).UTC().Format(time.RFC3339)
	}
	for _, line := range [][2]string{
		{"version", version},
		{"installed", installed.Version()},
		{"registered", registered},
		{"restartRequired", fmt.Sprint(len(reasons) > 0)},
		{"restartReasons", strings.Join(reasons, ",")},
		{"bootId", machine.BootID()},
		{"name", machine.Hostname()},
		{"os", machine.OSName()},
		{"arch", machine.Arch()},
		{"computer", known.Computer},
		{"state", known.State},
		{"dp", known.DP},
		{"lastContact", lastContact},
		{"contactAfter", fmt.Sprint(known.ContactAfter)},
		{"refused", known.Refused},
		{"server", known.Server},
	} {
		fmt.Printf("%s=%s\n", line[0], line[1])
	}
}
