//go:build windows

package machine

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

func TestInstallerIsWaitedFor(t *testing.T) {
	if !WaitForInstaller(0) {
		t.Error("it works before anybody has begun")
	}
	name, err := windows.UTF16PtrFromString(installerMutex)
	if err != nil {
		t.Fatal(err)
	}
	begun, end, ended := make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		mutex, err := windows.CreateMutex(nil, true, name)
		begun <- err
		<-end
		_ = windows.ReleaseMutex(mutex)
		// still open, as the service leaves it
		<-ended
		windows.CloseHandle(mutex)
	}()
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	if WaitForInstaller(2 * lookEvery) {
		t.Error("it is at work, and is not waited for")
	}
	close(end)
	if !WaitForInstaller(time.Minute) {
		t.Error("it has ended, and is waited for")
	}
	close(ended)
}
