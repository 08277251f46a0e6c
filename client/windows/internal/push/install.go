//go:build windows

package push

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/files"
	"relaypoint/client/windows/internal/installed"
	"relaypoint/client/windows/internal/machine"
	"relaypoint/client/windows/internal/service"
	"relaypoint/client/windows/internal/state"
)

const (
	registrationWait = 2 * time.Minute
	pollEvery        = 100 * time.Millisecond
	// silentAtMost bounds how long a push that was killed keeps the client silent.
	silentAtMost = time.Hour
	// finishesWithin bounds how long an installation that was not to go on is waited for.
	finishesWithin = 10 * time.Minute
	msiFile        = "relaypoint-client.msi"
)

func (r *run) install(ctx context.Context) contract.Result {
	if len(r.program.MSI) == 0 {
		return contract.Failed(contract.Internal, "this program holds no client to install; start the setup program")
	}
	wanted := r.program.Version
	if r.order.Version != nil {
		wanted = *r.order.Version
	}
	if there := installed.Version(); there != "" && !r.order.AllowOlder && contract.CompareVersions(there, wanted) > 0 {
		text := fmt.Sprintf("version %s is installed, which is newer than %s", there, wanted)
		return contract.Result{Outcome: contract.OutcomeNewer, Text: text}
	}
	var registration *contract.Registration
	if r.order.Registration {
		taken, err := r.takeRegistration(ctx)
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		if err != nil {
			return contract.Failed(contract.Internal, err.Error())
		}
		registration = &taken
	}
	if why := machine.BlockedBy(); why != "" {
		return contract.Failed(contract.PendingRestartBlocks, why)
	}
	return r.installAndHandOver(ctx, registration)
}

func (r *run) installAndHandOver(ctx context.Context, registration *contract.Registration) contract.Result {
	wasThere, err := r.isInstalled()
	if err != nil {
		return contract.Failed(contract.Internal, err.Error())
	}
	defer machine.EndInstalling()
	code, err := r.installQuietly(ctx, wasThere)
	text := fmt.Sprintf("the Windows installer ended with %d", contract.ExitNumber(code))
	// what had succeeded before it could be ended has succeeded
	if ctx.Err() != nil && (err != nil || !contract.Succeeded(code)) {
		if there, looked := r.isInstalled(); looked != nil || !there || wasThere || errors.Is(err, errStillAtWork) {
			return interrupted(ctx)
		}
		code, err, text = contract.ExitDone, nil, "the installation could not be stopped any more, and has succeeded"
	}
	if err != nil {
		return contract.Failed(contract.Internal, err.Error())
	}
	if contract.Succeeded(code) {
		if err := handOver(code, registration); err != nil {
			return contract.Failed(contract.Internal, err.Error())
		}
	}
	return contract.Exit(code, text)
}

// isInstalled tells whether the Windows installer knows the very package of this program.
func (r *run) isInstalled() (bool, error) {
	products, err := installed.Products()
	return slices.ContainsFunc(products, func(code string) bool {
		return strings.EqualFold(code, r.program.ProductCode)
	}), err
}

// installQuietly runs the installer.
func (r *run) installQuietly(ctx context.Context, again bool) (uint32, error) {
	msi := r.path(msiFile)
	if err := os.WriteFile(msi, r.program.MSI, 0o600); err != nil {
		return 0, err
	}
	defer files.Remove(msi)
	properties, err := contract.MSIProperties(r.order.Args)
	if err != nil {
		return 0, err
	}
	if r.order.AllowOlder {
		properties += " ALLOW_OLDER=1"
	}
	if again {
		// the very same package: without being told, the installer would change nothing
		properties += " REINSTALL=ALL REINSTALLMODE=vamus"
	}
	silent := min(time.Until(r.order.Ends(processBegan)), silentAtMost) + finishesWithin
	if err := machine.BeginInstalling(time.Now().Add(silent)); err != nil {
		return 0, err
	}
	return r.msiexec(ctx, fmt.Sprintf(`/i "%s"`, msi), properties)
}

// handOver gives the client what it needs, in this order: it is up since the installer started it, and must not register
// before it can know that a restart is due.
func handOver(code uint32, registration *contract.Registration) error {
	defer wakeClient()
	defer machine.EndInstalling()
	if contract.NeedsRestart(code) {
		if err := machine.MarkRestartDue(); err != nil {
			return fmt.Errorf("the mark of a due restart cannot be made: %w", err)
		}
	}
	if registration == nil {
		return nil
	}
	store, err := state.Open()
	if err != nil {
		return err
	}
	return store.SaveRegistration(*registration)
}

// takeRegistration waits for the registration that is sealed to this run.
func (r *run) takeRegistration(ctx context.Context) (contract.Registration, error) {
	path := r.path(contract.RegistrationFile)
	until := time.Now().Add(registrationWait)
	for {
		sealed, err := os.ReadFile(path)
		if err == nil {
			registration, err := r.key.Open(sealed, r.order.Order, r.order.Attempt)
			// one that does not open may be still on its way
			if err == nil || time.Now().After(until) {
				if removing := files.Remove(path); removing != nil {
					r.output.say("the sealed registration stays: %v", removing)
				}
				return registration, err
			}
		}
		if time.Now().After(until) {
			return contract.Registration{}, errors.New("the registration did not come")
		}
		if !pause(ctx, pollEvery) {
			return contract.Registration{}, context.Cause(ctx)
		}
	}
}

// wakeClient has the client service look for what is new.
func wakeClient() {
	manager, err := mgr.Connect()
	if err != nil {
		return
	}
	defer manager.Disconnect()
	client, err := manager.OpenService(service.Name)
	if err != nil {
		return
	}
	defer client.Close()
	if status, err := client.Query(); err == nil && status.State == svc.Stopped {
		_ = client.Start()
		return
	}
	_, _ = client.Control(service.LookNow)
}

// pause tells whether the time passed before ctx ended.
func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(length):
		return true
	}
}
