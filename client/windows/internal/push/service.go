//go:build windows

// Package push is what a distribution point starts on a computer, as a service of one attempt: it carries the order of
// its folder out and leaves a result there.
package push

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/events"
)

const (
	// staysUp is how long the service is up at least: who started it looks whether it is running.
	staysUp  = 5 * time.Second
	stopHint = 10_000 // milliseconds
	// stillStopping is how often the service manager hears that a stop has not been forgotten.
	stillStopping = 3 * time.Second
)

var (
	errStopped   = errors.New("stopped")
	errDeadline  = errors.New("the deadline has passed")
	attemptNames = regexp.MustCompile(`^[A-Za-z0-9_-]{1,120}-[0-9]{1,9}$`)
)

// Program is the program that pushes.
type Program struct {
	// Version and ProductCode are those of the MSI within it.
	Version     string
	ProductCode string
	MSI         []byte
}

// Run serves the attempt "<order>-<attempt>"; without it, the one whose folder the program lies in.
func Run(program Program, attempt string) error {
	folder, err := folderOf(attempt)
	if err != nil {
		return err
	}
	return svc.Run(filepath.Base(folder), &handler{program, folder})
}

func folderOf(attempt string) (string, error) {
	if attempt == "" {
		exe, err := os.Executable()
		return filepath.Dir(exe), err
	}
	if !attemptNames.MatchString(attempt) {
		return "", fmt.Errorf("%q is not ORDER-ATTEMPT", attempt)
	}
	folder, err := pushesFolder()
	return filepath.Join(folder, contract.ServicePrefix+attempt), err
}

func pushesFolder() (string, error) {
	windowsFolder, err := windows.GetSystemWindowsDirectory()
	return filepath.Join(windowsFolder, "Relaypoint"), err
}

type handler struct {
	program Program
	folder  string
}

// Execute is what the service manager calls.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop}
	status <- running
	// taken only when the service manager has heard the first: until then it refuses to stop the service, and who asks
	// looks for what the run leaves
	status <- running
	up := time.After(staysUp)

	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	log := events.Open()
	defer log.Close()
	worked := make(chan error, 1)
	go func() { worked <- (&run{program: h.program, folder: h.folder, log: log}).work(ctx) }()

	var failed error
	working, stopping := true, false
	var ticks <-chan time.Time
	pending := svc.Status{State: svc.StopPending, WaitHint: stopHint}
	for working || up != nil && !stopping {
		select {
		case failed = <-worked:
			working = false
		case <-up:
			up = nil
		case <-ticks:
			pending.CheckPoint++
			status <- pending
		case request := <-requests:
			switch request.Cmd {
			case svc.Interrogate:
				status <- request.CurrentStatus
			case svc.Stop:
				stopping = true
				status <- pending
				ticks = time.Tick(stillStopping)
				stop(errStopped)
			}
		}
	}
	removeOwnService(filepath.Base(h.folder))
	if failed != nil {
		log.Error(events.PushFailed, "%s: %v", filepath.Base(h.folder), failed)
		return false, uint32(windows.ERROR_EXCEPTION_IN_SERVICE)
	}
	return false, 0
}
