//go:build windows

// Package installed says which client is on this computer, and finds it for the Windows installer.
package installed

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	folderName  = "Relaypoint Client"
	versionFile = "VERSION"
	// Program is the installed client.
	Program = "relaypoint-client.exe"

	productCodeLength = 38
)

// UpgradeCode is what all versions of the client have in common for the Windows installer. It never changes; the MSI has
// the same from client.wxs.
const UpgradeCode = "{68A0B8E6-AABE-4980-B87F-4E4AED744072}"

var procEnumRelated = windows.NewLazySystemDLL("msi.dll").NewProc("MsiEnumRelatedProductsW")

// Folder is where the client is installed.
func Folder() string {
	base, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0)
	if err != nil {
		base = `C:\Program Files`
	}
	return filepath.Join(base, folderName)
}

// Version is that of the installed client, "" for none.
func Version() string {
	text, err := os.ReadFile(filepath.Join(Folder(), versionFile))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line)
}

// Products gives the product codes under which the Windows installer knows the client.
func Products() ([]string, error) {
	code, err := windows.UTF16PtrFromString(UpgradeCode)
	if err != nil {
		return nil, err
	}
	var products []string
	for {
		var buffer [productCodeLength + 1]uint16
		result, _, _ := procEnumRelated.Call(uintptr(unsafe.Pointer(code)), 0, uintptr(len(products)),
			uintptr(unsafe.Pointer(&buffer[0])))
		switch errno := syscall.Errno(result); errno {
		case 0:
			products = append(products, windows.UTF16ToString(buffer[:]))
		case windows.ERROR_NO_MORE_ITEMS:
			return products, nil
		default:
			return nil, errno
		}
	}
}
