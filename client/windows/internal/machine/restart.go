//go:build windows

package machine

import (
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const (
	clientKey     = `SOFTWARE\Relaypoint\Client`
	restartKey    = clientKey + `\RestartDue`
	installingKey = clientKey + `\Installing`

	servicingKey      = `SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\`
	updateKey         = `SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`
	sessionManagerKey = `SYSTEM\CurrentControlSet\Control\Session Manager`

	regOptionVolatile = 1
)

var procRegCreateKeyEx = windows.NewLazySystemDLL("advapi32.dll").NewProc("RegCreateKeyExW")

// RestartReasons says why a restart is due: our own mark, servicing, Windows Update, or files of ours that wait for it.
// Files of others that wait to be renamed do not count: printer drivers, browsers and virus scanners leave such marks
// behind for weeks, and no restart of ours would be the last.
func RestartReasons(installFolder string) []string {
	var reasons []string
	for _, mark := range []struct{ reason, key string }{
		{"client", restartKey},
		{"servicing", servicingKey + "RebootPending"},
		{"update", updateKey},
	} {
		if keyExists(mark.key) {
			reasons = append(reasons, mark.reason)
		}
	}
	if ownFilesWait(installFolder) {
		reasons = append(reasons, "files")
	}
	return reasons
}

func ownFilesWait(folder string) bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, sessionManagerKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	renames, _, _ := key.GetStringsValue("PendingFileRenameOperations")
	for _, path := range renames {
		if strings.Contains(strings.ToLower(path), strings.ToLower(folder)+`\`) {
			return true
		}
	}
	return false
}

// BlockedBy says why no installation can succeed before a restart, or "" when that is not certain. The installer's own key
// InProgress says nothing certain: a power cut leaves it behind, and no restart takes it away.
func BlockedBy() string {
	if keyExists(servicingKey + "RebootInProgress") {
		return "Windows is finishing its updates"
	}
	return ""
}

// MarkRestartDue leaves a volatile key: the restart itself takes it away.
func MarkRestartDue() error {
	key, err := createVolatile(restartKey)
	if err != nil {
		return err
	}
	return key.Close()
}

// BeginInstalling tells the client service to keep silent: it would say that no restart is due before that is known. The
// mark ends with the restart, or at the given time, should the push be killed.
func BeginInstalling(until time.Time) error {
	key, err := createVolatile(installingKey)
	if err != nil {
		return err
	}
	defer key.Close()
	return key.SetQWordValue("Until", uint64(until.Unix()))
}

// EndInstalling ends what BeginInstalling began.
func EndInstalling() { _ = registry.DeleteKey(registry.LOCAL_MACHINE, installingKey) }

// Installing tells whether a push is at work now.
func Installing(now time.Time) bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, installingKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	until, _, err := key.GetIntegerValue("Until")
	return err == nil && now.Before(time.Unix(int64(until), 0))
}

// ForgetClient removes what the client keeps in the registry.
func ForgetClient() {
	for _, path := range []string{installingKey, restartKey, clientKey} {
		_ = registry.DeleteKey(registry.LOCAL_MACHINE, path)
	}
}

// createVolatile makes a key that the next boot does not know. Its parent must not be volatile, so that is made first.
func createVolatile(path string) (registry.Key, error) {
	parent, _, err := registry.CreateKey(registry.LOCAL_MACHINE, clientKey, registry.CREATE_SUB_KEY)
	if err != nil {
		return 0, err
	}
	defer parent.Close()
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var handle windows.Handle
	code, _, _ := procRegCreateKeyEx.Call(uintptr(windows.HKEY_LOCAL_MACHINE), uintptr(unsafe.Pointer(name)), 0, 0,
		regOptionVolatile, windows.KEY_ALL_ACCESS, 0, uintptr(unsafe.Pointer(&handle)), 0)
	if code != 0 {
		return 0, syscall.Errno(code)
	}
	return registry.Key(handle), nil
}

func keyExists(path string) bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	key.Close()
	return true
}
