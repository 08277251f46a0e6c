//go:build windows

package service

import (
	"context"
	"errors"
	"time"

	"relaypoint/client/windows/internal/api"
	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/events"
	"relaypoint/client/windows/internal/installed"
	"relaypoint/client/windows/internal/machine"
	"relaypoint/client/windows/internal/schedule"
	"relaypoint/client/windows/internal/state"
)

// toldFailures is how many calls in a row fail before the event log hears of it: a laptop is often without a network.
const toldFailures = 5

type reporter struct {
	version  string
	store    *state.Store
	log      *events.Log
	api      *api.API
	next     time.Time
	failures int
	refused  contract.Registration
}

func newReporter(version string, store *state.Store, log *events.Log) *reporter {
	known := store.Load()
	sameBoot := known.LastBootID == machine.BootID()
	next := schedule.Start(time.Now(), sameBoot, time.Unix(known.LastContact, 0), known.ContactAfter)
	return &reporter{version: version, store: store, log: log, api: api.New(machine.Transport()), next: next}
}

// run looks from time to time whether there is something to say, until ctx ends.
func (r *reporter) run(ctx context.Context, look <-chan struct{}) {
	if r.store.HasRegistration() {
		r.next = time.Now()
	}
	for {
		// without the monotonic clock, which stands still while the computer sleeps
		wait := min(r.next.Round(0).Sub(time.Now().Round(0)), lookEvery)
		timer := time.NewTimer(max(wait, 0))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-look:
			timer.Stop()
			r.failures, r.next = 0, time.Now()
		case <-timer.C:
		}
		if machine.Installing(time.Now()) {
			r.next = laterOf(r.next, time.Now().Add(time.Second))
			continue
		}
		if time.Now().Round(0).Before(r.next.Round(0)) && !r.hasNews() {
			continue
		}
		r.report(ctx)
	}
}

func (r *reporter) hasNews() bool {
	if r.failures > 0 || !r.store.HasRegistration() {
		return false
	}
	registration := r.store.Registration()
	return registration != nil && *registration != r.refused
}

// report registers when that is still to be done, else contacts; and decides when to speak again.
func (r *reporter) report(ctx context.Context) {
	known := r.store.Load()
	err := r.register(ctx, &known)
	if errors.Is(err, errNothingToRegister) {
		err = r.contact(ctx, &known)
	}
	if ctx.Err() != nil {
		return
	}
	var refusal *api.Refused
	switch {
	case err == nil:
		r.failures = 0
		r.next = time.Now().Add(schedule.Interval(known.ContactAfter))
	case errors.Is(err, errNobodyToTell):
		r.next = time.Now().Add(schedule.Interval(0))
	case errors.As(err, &refusal):
		r.log.Error(events.Refused, "The server refuses this computer: %v", refusal)
		known.Refused = refusal.Error()
		if err := r.store.Save(known); err != nil {
			r.log.Error(events.Broken, "The client's state cannot be written: %v", err)
		}
		r.failures = 0
		r.next = time.Now().Add(schedule.Interval(known.ContactAfter))
	default:
		r.failures++
		if r.failures == toldFailures {
			r.log.Warning(events.NotReached, "The server was not reached %d times: %v", r.failures, err)
		}
		r.next = time.Now().Add(schedule.Retry(r.failures))
	}
}

var (
	errNothingToRegister = errors.New("no registration waits")
	errNobodyToTell      = errors.New("not registered, and no registration to do it with")
)

func (r *reporter) register(ctx context.Context, known *state.State) error {
	registration := r.store.Registration()
	// another try gives the same refusal; with an older secret the client can still be heard
	if registration == nil || *registration == r.refused && r.store.Secret() != "" {
		return errNothingToRegister
	}
	body := api.Registering{Token: registration.Token, Name: machine.Hostname(), OS: machine.OSName(), About: r.about()}
	if fqdn := machine.FQDN(); fqdn != "" {
		body.FQDN = &fqdn
	}
	answer, err := r.api.Register(ctx, registration.URL, body)
	var refusal *api.Refused
	if errors.As(err, &refusal) {
		r.refused = *registration
	}
	if err != nil {
		return err
	}
	if err := r.store.SaveSecret(answer.Secret); err != nil {
		return err
	}
	r.keep(known, body.BootID, answer.ContactAfter, answer.DP)
	known.Computer, known.Server, known.State, known.Refused = answer.Computer, api.BaseOf(registration.URL), "", ""
	if err := r.store.Save(*known); err != nil {
		return err
	}
	// last: killed before, the client registers again, and gets the same answer
	r.store.ForgetRegistration(*registration)
	r.log.Info(events.Registered, "Registered at %s.", known.Server)
	return nil
}

func (r *reporter) contact(ctx context.Context, known *state.State) error {
	secret := r.store.Secret()
	if secret == "" || known.Server == "" {
		return errNobodyToTell
	}
	about := r.about()
	answer, err := r.api.Contact(ctx, known.Server, secret, about)
	if err != nil {
		return err
	}
	if answer.State != known.State {
		r.log.Info(events.Changed, "The computer's state at the server: %s", answer.State)
	}
	r.keep(known, about.BootID, answer.ContactAfter, answer.DP)
	known.State = answer.State
	if r.refused == (contract.Registration{}) {
		known.Refused = ""
	}
	return r.store.Save(*known)
}

func (r *reporter) about() api.About {
	return api.About{
		Version:         r.version,
		BootID:          machine.BootID(),
		RestartRequired: len(machine.RestartReasons(installed.Folder())) > 0,
		Location:        machine.Location(),
	}
}

func (r *reporter) keep(known *state.State, bootID string, contactAfter int, dp *string) {
	known.LastContact = time.Now().Unix()
	known.LastBootID = bootID
	known.ContactAfter = contactAfter
	known.DP = ""
	if dp != nil {
		known.DP = *dp
	}
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
