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

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/files"
	"relaypoint/client/windows/internal/installed"
	"relaypoint/client/windows/internal/machine"
	"relaypoint/client/windows/internal/state"
)

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
			there, looked := installed.Products()
			if looked != nil || slices.Contains(there, product) || errors.Is(err, errStillAtWork) {
				return interrupted(ctx)
			}
			continue // it could not be stopped any more
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
	left, err := state.Remove()
	if err != nil {
		return contract.Failed(contract.Internal, "a secret of the client cannot be removed: "+err.Error())
	}
	machine.ForgetClient()
	text := "the client is removed"
	if len(products) == 0 {
		text = "there was no client to remove"
	}
	if left != nil {
		text += fmt.Sprintf("; what stays holds no secret: %v", left)
	}
	return contract.Exit(last, text)
}

// leaveInstallFolder moves this running program out of the folder that is to be removed, and leaves a copy there for the
// installer: a program that runs can be moved but not removed, and the removal would wait for a restart. Should any of it
// fail, the program is where it was: without it there would be no service to remove.
func (r *run) leaveInstallFolder() {
	exe, err := os.Executable()
	if err != nil || !strings.EqualFold(filepath.Dir(exe), installed.Folder()) {
		return
	}
	if err := changePlaces(exe, r.path("running.exe")); err != nil {
		r.output.say("the program stays where it is: %v", err)
	}
}

func changePlaces(exe, moved string) error {
	spare := exe + ".new"
	err := copyFile(exe, spare)
	if err == nil {
		err = files.Rename(exe, moved)
	}
	if err != nil {
		return errors.Join(err, files.Remove(spare))
	}
	if err := files.Rename(spare, exe); err != nil {
		return errors.Join(err, files.Rename(moved, exe), files.Remove(spare))
	}
	return nil
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
