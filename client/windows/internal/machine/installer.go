//go:build windows

package machine

import (
	"runtime"
	"time"

	"golang.org/x/sys/windows"
)

const (
	installerMutex = `Global\_MSIExecute`
	lookEvery      = 250 * time.Millisecond
)

// WaitForInstaller waits until the Windows installer changes nothing, and tells whether it came to that. msiexec only asks
// a service for the work: that goes on when msiexec has been ended.
func WaitForInstaller(atMost time.Duration) bool {
	for until := time.Now().Add(atMost); installerWorks(); time.Sleep(lookEvery) {
		if time.Now().After(until) {
			return false
		}
	}
	return true
}

// installerWorks tells whether somebody holds the mutex of an installation. That it is there says less: the service keeps
// it open for a while.
func installerWorks() bool {
	name, err := windows.UTF16PtrFromString(installerMutex)
	if err != nil {
		return false
	}
	// a mutex belongs to a thread
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	mutex, err := windows.OpenMutex(windows.SYNCHRONIZE|windows.MUTEX_MODIFY_STATE, false, name)
	if err != nil {
		return err == windows.ERROR_ACCESS_DENIED
	}
	defer windows.CloseHandle(mutex)
	event, err := windows.WaitForSingleObject(mutex, 0)
	if err != nil || event == uint32(windows.WAIT_TIMEOUT) {
		return err == nil
	}
	_ = windows.ReleaseMutex(mutex)
	return false
}
