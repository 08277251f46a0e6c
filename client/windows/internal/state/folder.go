//go:build windows

package state

import (
	"crypto/rand"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"relaypoint/client/windows/internal/files"
)

const (
	// owner Administrators; protected from what the parent hands down; Administrators and SYSTEM, and all below too
	folderSDDL = "O:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)"
	// asideMark is followed by what makes the name one that nobody could have taken before.
	asideMark = ".aside-"

	makeTries = 5
)

var errTaken = errors.New("others keep taking the name of the folder")

// makeFolder makes the folder, protected from its first moment. Any user may have made one of its name before: that one
// is moved aside, since no new access list would end what its owner has open, or has put into it.
func makeFolder(folder string) error {
	descriptor, err := windows.SecurityDescriptorFromString(folderSDDL)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return err
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	for range makeTries {
		err := windows.CreateDirectory(name, &attributes)
		if !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
			return err
		}
		ours, err := takeOver(folder, descriptor)
		if ours || err != nil {
			return err
		}
		if err := files.Rename(folder, folder+asideMark+rand.Text()); err != nil {
			return fmt.Errorf("a folder that is not the client's cannot be moved aside: %w", err)
		}
	}
	return errTaken
}

// takeOver tells whether the folder is one that only an administrator or SYSTEM can have made, and protects it then.
func takeOver(folder string, descriptor *windows.SECURITY_DESCRIPTOR) (bool, error) {
	handle, err := files.OpenItself(folder, windows.READ_CONTROL|windows.WRITE_DAC|windows.FILE_READ_ATTRIBUTES)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return false, nil // one of ours lets SYSTEM do anything
	}
	if err != nil {
		return false, err
	}
	defer windows.CloseHandle(handle)
	if plain, err := files.IsPlainFolder(handle); !plain || err != nil {
		return false, err
	}
	what := windows.SECURITY_INFORMATION(windows.OWNER_SECURITY_INFORMATION)
	there, err := windows.GetSecurityInfo(handle, windows.SE_FILE_OBJECT, what)
	if err != nil {
		return false, err
	}
	owner, _, err := there.Owner()
	if err != nil || !isOwn(owner) {
		return false, err
	}
	// of this folder alone: Windows would go on to what is in it, by paths
	what = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	return true, windows.SetKernelObjectSecurity(handle, what, descriptor)
}

// isOwn knows Administrators, SYSTEM, and the account that runs this: SYSTEM again, but where there is no such account.
func isOwn(owner *windows.SID) bool {
	if owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid) {
		return true
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && owner.Equals(user.User.Sid)
}
