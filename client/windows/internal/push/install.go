//go:build windows

package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"relaypoint/client/windows/internal/contract"
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
	msiFile      = "relaypoint-client.msi"
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
	code, err := r.installQuietly(ctx)
	// what had succeeded before it could be ended has succeeded
	if ctx.Err() != nil && (err != nil || !contract.Succeeded(code)) {
		return interrupted(ctx)
	}
	if err != nil {
		return contract.Failed(contract.Internal, err.Error())
	}
	if contract.Succeeded(code) {
		if err := r.handOver(code, registration); err != nil {
			return contract.Failed(contract.Internal, err.Error())
		}
	}
	return contract.Exit(code, fmt.Sprintf("the Windows installer ended with %d", contract.ExitNumber(code)))
}

// installQuietly runs the installer.
func (r *run) installQuietly(ctx context.Context) (uint32, error) {
	msi := r.path(msiFile)
	if err := os.WriteFile(msi, r.program.MSI, 0o600); err != nil {
		return 0, err
	}
	defer os.Remove(msi)
	properties, err := contract.MSIProperties(r.order.Args)
	if err != nil {
		return 0, err
	}
	products, err := installed.Products()
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(products, func(code string) bool { return strings.EqualFold(code, r.program.ProductCode) }) {
		// the very same package: without being told, the installer would change nothing
		properties += " REINSTALL=ALL REINSTALLMODE=vamus"
	}
	until := time.Now().Add(silentAtMost)
	if r.order.Deadline.Before(until) {
		until = r.order.Deadline
	}
	if err := machine.BeginInstalling(until); err != nil {
		return 0, err
	}
	code, err := r.msiexec(ctx, fmt.Sprintf(`/i "%s"`, msi), properties)
	if err != nil || !contract.Succeeded(code) {
		machine.EndInstalling()
	}
	return code, err
}

// handOver gives the client what it needs, in this order: it is up since the installer started it, and must not register
// before it can know that a restart is due.
func (r *run) handOver(code uint32, registration *contract.Registration) error {
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
				return registration, errors.Join(err, os.Remove(path))
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

func (r *run) uninstall(ctx context.Context) contract.Result {
	products, err := installed.Products()
	if err != nil {
		return contract.Failed(contract.Internal, err.Error())
	}
	r.leaveInstallFolder()
	last := uint32(contract.ExitDone)
	for _, product := range products {
		code, err := r.msiexec(ctx, "/x "+product, "")
		if ctx.Err() != nil && (err != nil || !contract.Succeeded(code)) {
			return interrupted(ctx)
		}
		if err != nil {
			return contract.Failed(contract.Internal, err.Error())
		}
		if code == contract.ExitUnknownProduct {
			continue // somebody was quicker
		}
		if !contract.Succeeded(code) {
			return contract.Exit(code, fmt.Sprintf("the Windows installer ended with %d", contract.ExitNumber(code)))
		}
		if code != contract.ExitDone {
			last = code
		}
	}
	if err := state.Remove(); err != nil {
		return contract.Failed(contract.Internal, err.Error())
	}
	machine.ForgetClient()
	if len(products) == 0 {
		return contract.Exit(contract.ExitDone, "there was no client to remove")
	}
	return contract.Exit(last, "the client is removed")
}

// leaveInstallFolder moves this running program out of the folder that is to be removed, and leaves a copy there for the
// installer: a program that runs can be moved but not removed, and the removal would wait for a restart.
func (r *run) leaveInstallFolder() {
	exe, err := os.Executable()
	if err != nil || !strings.EqualFold(filepath.Dir(exe), installed.Folder()) {
		return
	}
	moved := r.path("running.exe")
	if err := os.Rename(exe, moved); err != nil {
		r.output.say("the program stays where it is: %v", err)
		return
	}
	if err := copyFile(moved, exe); err != nil {
		r.output.say("%v", err)
	}
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
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
