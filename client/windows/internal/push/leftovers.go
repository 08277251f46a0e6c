//go:build windows

package push

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/files"
)

const leftoverAfter = 30 * 24 * time.Hour

// removeLeftovers removes what earlier pushes left and nobody came back for.
func removeLeftovers(own string) {
	parent, err := pushesFolder()
	if err != nil {
		return
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(parent, entry.Name())
		if !isOfPush(entry.Name()) || strings.EqualFold(path, own) {
			continue
		}
		if info, err := entry.Info(); err == nil && info.IsDir() && time.Since(info.ModTime()) > leftoverAfter {
			_ = files.RemoveFolder(path)
		}
	}
	removeServices(parent, filepath.Base(own))
}

// removeServices removes the services whose folders are gone: nothing can start them any more.
func removeServices(parent, own string) {
	manager, err := mgr.Connect()
	if err != nil {
		return
	}
	defer manager.Disconnect()
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

func isOfPush(name string) bool {
	return len(name) > len(contract.ServicePrefix) &&
		strings.EqualFold(name[:len(contract.ServicePrefix)], contract.ServicePrefix)
}
