//go:build windows

package push

import (
	"context"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"relaypoint/client/windows/internal/state"
)

const (
	registersWithin = 15 * time.Second
	warnUsers       = 30 // seconds
	// a planned reconfiguration of an application
	restartReason = windows.SHTDN_REASON_FLAG_PLANNED | windows.SHTDN_REASON_MAJOR_APPLICATION |
		windows.SHTDN_REASON_MINOR_RECONFIG
)

// restart restarts the computer, after the client had a moment to register.
func restart(ctx context.Context) error {
	if store, err := state.Open(); err == nil {
		for until := time.Now().Add(registersWithin); store.HasRegistration() && time.Now().Before(until); {
			if !pause(ctx, pollEvery) {
				return nil // stopped: no restart
			}
		}
	}
	if err := takePrivilege("SeShutdownPrivilege"); err != nil {
		return err
	}
	message, err := windows.UTF16PtrFromString("This computer restarts to complete the installation of Relaypoint Client.")
	if err != nil {
		return err
	}
	return windows.InitiateSystemShutdownEx(nil, message, warnUsers, true, true, restartReason)
}

func takePrivilege(name string) error {
	var token windows.Token
	err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token)
	if err != nil {
		return err
	}
	defer token.Close()
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	privileges := windows.Tokenprivileges{PrivilegeCount: 1}
	privileges.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	if err := windows.LookupPrivilegeValue(nil, text, &privileges.Privileges[0].Luid); err != nil {
		return err
	}
	return windows.AdjustTokenPrivileges(token, false, &privileges, uint32(unsafe.Sizeof(privileges)), nil, nil)
}
