//go:build windows

package push

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/files"
)

const leftoverAfter = 30 * 24 * time.Hour

// keptOfOver is what of a run that is over may still be asked for: that there was one, how it ended, and what it said.
var keptOfOver = []string{contract.StartedFile, contract.ResultFile, contract.OutputFile}

// removeLeftovers removes what earlier pushes left and nobody came back for: all of it after a month, and at once what of
// a run that is over can be of no use to anybody.
func removeLeftovers(own string) {
	parent, err := pushesFolder()
	if err != nil {
		return
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	manager, err := mgr.Connect()
	if err != nil {
		return
	}
	defer manager.Disconnect()
	for _, entry := range entries {
		path := filepath.Join(parent, entry.Name())
		if !isOfPush(entry.Name()) || strings.EqualFold(path, own) {
			continue
		}
		info, err := entry.Info()
		if err != nil || !info.IsDir() {
			continue
		}
		switch {
		case time.Since(info.ModTime()) > leftoverAfter:
			_ = files.RemoveFolder(path)
		case wasStarted(path) && isOver(manager, entry.Name()):
			removeStopped(manager, entry.Name())
			strip(path)
		}
	}
	removeServices(manager, parent, filepath.Base(own))
}

// wasStarted tells whether a run has begun in a folder: nobody starts that attempt again.
func wasStarted(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, contract.StartedFile))
	return err == nil
}

// isOver tells whether the service of an attempt runs no more, or is gone.
func isOver(manager *mgr.Mgr, name string) bool {
	service, err := manager.OpenService(name)
	if err != nil {
		return err == windows.ERROR_SERVICE_DOES_NOT_EXIST
	}
	defer service.Close()
	status, err := service.Query()
	return err == nil && status.State == svc.Stopped
}

// strip leaves of a folder what may still be asked for. A month is counted from the end of the run.
func strip(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return
	}
	removed := false
	for _, entry := range entries {
		if slices.Contains(keptOfOver, strings.ToLower(entry.Name())) {
			continue
		}
		removed = true
		path := filepath.Join(folder, entry.Name())
		if entry.IsDir() {
			_ = files.RemoveFolder(path)
		} else {
			_ = os.Remove(path)
		}
	}
	if removed {
		_ = os.Chtimes(folder, info.ModTime(), info.ModTime())
	}
}

// removeServices removes the services whose folders are gone: nothing can start them any more.
func removeServices(manager *mgr.Mgr, parent, own string) {
	names, err := manager.ListServices()
	if err != nil {
		return
	}
	for _, name := range names {
		if !isOfPush(name) || strings.EqualFold(name, own) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(parent, name)); os.IsNotExist(err) {
			removeStopped(manager, name)
		}
	}
}

func removeStopped(manager *mgr.Mgr, name string) {
	service, err := manager.OpenService(name)
	if err != nil {
		return
	}
	defer service.Close()
	if status, err := service.Query(); err == nil && status.State == svc.Stopped {
		_ = service.Delete()
	}
}

// removeOwnService marks the service of this run for deletion: it goes when the run has ended, whoever started it.
func removeOwnService(name string) {
	manager, err := mgr.Connect()
	if err != nil {
		return
	}
	defer manager.Disconnect()
	service, err := manager.OpenService(name)
	if err != nil {
		return
	}
	defer service.Close()
	_ = service.Delete()
}

func isOfPush(name string) bool {
	return len(name) > len(contract.ServicePrefix) &&
		strings.EqualFold(name[:len(contract.ServicePrefix)], contract.ServicePrefix)
}
