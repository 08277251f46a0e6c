//go:build windows

package push

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/events"
	"relaypoint/client/windows/internal/files"
	"relaypoint/client/windows/internal/installed"
	"relaypoint/client/windows/internal/machine"
)

// processBegan is by the clock that nobody sets.
var processBegan = time.Now()

// run is one attempt.
type run struct {
	program Program
	folder  string
	log     *events.Log
	order   contract.Order
	key     contract.RunKey
	output  *output
}

// work carries the order out. The error says that no result could be left.
func (r *run) work(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	defer r.output.close()
	removeLeftovers(r.folder)
	result := r.carryOut(ctx)
	result.V = contract.FormatVersion()
	result.At = contract.Timestamp(time.Now())
	result.Facts = contract.Facts{
		OS:            "Windows",
		Arch:          machine.Arch(),
		Hostname:      machine.Hostname(),
		BootID:        machine.BootID(),
		ClientVersion: installed.Version(),
	}
	r.output.say("%s: %s", result.Outcome, result.Text)
	if err := files.WriteWhole(r.path(contract.ResultFile), result); err != nil {
		return fmt.Errorf("the result cannot be written: %w", err)
	}
	r.log.Info(events.PushEnded, "%s: %s, %s", filepath.Base(r.folder), result.Outcome, result.Text)
	if r.order.Do == contract.DoRestart && result.Outcome == contract.OutcomeExit {
		return restart(ctx)
	}
	return nil
}

// begin leaves the mark of a run. There is one run of an attempt, ever: a second would not know what the first had done.
func (r *run) begin() error {
	if _, err := os.Stat(r.path(contract.StartedFile)); err == nil {
		return errors.New("this attempt has been started before")
	}
	key, err := contract.NewRunKey()
	if err != nil {
		return err
	}
	r.key = key
	started := contract.Started{
		V:      contract.FormatVersion(),
		PID:    os.Getpid(),
		BootID: machine.BootID(),
		At:     contract.Timestamp(time.Now()),
		Key:    key.Public(),
	}
	if err := files.WriteWhole(r.path(contract.StartedFile), started); err != nil {
		return err
	}
	r.output, err = openOutput(r.path(contract.OutputFile))
	return err
}

func (r *run) carryOut(ctx context.Context) contract.Result {
	text, err := os.ReadFile(r.path(contract.OrderFile))
	if err != nil {
		return contract.Failed(contract.Internal, err.Error())
	}
	if r.order, err = contract.ParseOrder(text); err != nil {
		return contract.Failed(contract.Internal, err.Error())
	}
	r.log.Info(events.PushBegan, "%s: %s", filepath.Base(r.folder), r.order.Do)
	ctx, end := context.WithDeadlineCause(ctx, r.order.Ends(processBegan), errDeadline)
	defer end()
	if refused := r.check(); refused != nil {
		return *refused
	}
	switch r.order.Do {
	case contract.DoInstall:
		return r.install(ctx)
	case contract.DoUninstall:
		return r.uninstall(ctx)
	default:
		return contract.Exit(contract.ExitDone, "the computer restarts")
	}
}

// check is made for every order: that this is the program, and the computer, that was meant.
func (r *run) check() *contract.Result {
	refuse := func(failure, format string, values ...any) *contract.Result {
		result := contract.Failed(failure, fmt.Sprintf(format, values...))
		return &result
	}
	if r.order.SHA256 != nil {
		digest, err := ownDigest()
		if err != nil {
			return refuse(contract.Internal, "%v", err)
		}
		if !strings.EqualFold(digest, *r.order.SHA256) {
			return refuse(contract.DigestMismatch, "this program has the SHA-256 %s, not %s", digest, *r.order.SHA256)
		}
	}
	if hostname := machine.Hostname(); !contract.IsNamed(r.order.Names, hostname) {
		return refuse(contract.WrongComputer, "this computer is %s, not %s", hostname, strings.Join(r.order.Names, " or "))
	}
	return nil
}

func ownDigest() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// interrupted is the result of work that ctx ended.
func interrupted(ctx context.Context) contract.Result {
	if errors.Is(context.Cause(ctx), errDeadline) {
		return contract.Failed(contract.InstallTimeout, "not done before the deadline")
	}
	return contract.Result{Outcome: contract.OutcomeCancelled, Text: "the service was stopped"}
}

func (r *run) path(name string) string { return filepath.Join(r.folder, name) }
