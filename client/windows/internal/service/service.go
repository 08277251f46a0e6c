//go:build windows

// Package service is the client's lasting role: it registers, and reports to the server from time to time.
package service

import (
	"context"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"relaypoint/client/windows/internal/events"
	"relaypoint/client/windows/internal/state"
)

const (
	// Name of the service.
	Name = "RelaypointClient"
	// LookNow is the control code by which a push says that there is something to do.
	LookNow = svc.Cmd(200)

	// lookEvery catches what no timer does: sleep, a clock that was set, a push that ended without a word.
	lookEvery    = 15 * time.Second
	restartAfter = time.Minute
	forgetAfter  = 24 * 60 * 60 // seconds
)

type handler struct{ version string }

// Run serves until the service manager ends it.
func Run(version string) error { return svc.Run(Name, &handler{version}) }

// Execute is what the service manager calls.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	log := events.Open()
	defer log.Close()
	store, err := state.Open()
	if err != nil {
		log.Error(events.Broken, "The folder of the client's state cannot be used: %v", err)
		return true, 1
	}
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	status <- running
	log.Info(events.Running, "Relaypoint Client %s runs.", h.version)
	settle()

	ctx, stop := context.WithCancel(context.Background())
	look := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		newReporter(h.version, store, log).run(ctx, look)
		close(ended)
	}()
	for request := range requests {
		switch request.Cmd {
		case svc.Interrogate:
			status <- request.CurrentStatus
		case LookNow:
			select {
			case look <- struct{}{}:
			default: // it is about to look anyway
			}
			status <- running
		case svc.Stop, svc.Shutdown:
			status <- svc.Status{State: svc.StopPending}
			stop()
			<-ended
			return false, 0
		}
	}
	stop()
	return false, 0
}

// settle puts right what the Windows installer leaves open: the service starts again should it crash, and its path is in
// quotes, without which a program C:\Program.exe could take its place.
func settle() {
	manager, err := mgr.Connect()
	if err != nil {
		return
	}
	defer manager.Disconnect()
	service, err := manager.OpenService(Name)
	if err != nil {
		return
	}
	defer service.Close()
	again := mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: restartAfter}
	_ = service.SetRecoveryActions([]mgr.RecoveryAction{again, again, again}, forgetAfter)
	exe, err := os.Executable()
	if err != nil {
		return
	}
	if config, err := service.Config(); err == nil && !strings.HasPrefix(config.BinaryPathName, `"`) {
		config.BinaryPathName = `"` + exe + `" service`
		_ = service.UpdateConfig(config)
	}
}
