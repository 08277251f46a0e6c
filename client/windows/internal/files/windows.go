//go:build windows

package files

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	toRemove = windows.DELETE | windows.FILE_LIST_DIRECTORY | windows.FILE_READ_ATTRIBUTES | windows.SYNCHRONIZE
	shared   = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
)

// isHeld tells whether another program may let go of it: it reads the file, or the file ends when it closes it.
func isHeld(err error) bool {
	for _, held := range []error{
		windows.ERROR_ACCESS_DENIED,
		windows.ERROR_SHARING_VIOLATION,
		windows.ERROR_LOCK_VIOLATION,
		windows.ERROR_DELETE_PENDING,
		windows.ERROR_DIR_NOT_EMPTY,
	} {
		if errors.Is(err, held) {
			return true
		}
	}
	return false
}

// OpenItself opens a file or a folder; of a link, the link.
func OpenItself(path string, access uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	return windows.CreateFile(name, access, shared, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
}

// IsPlainFolder tells whether what is open is a folder and no link.
func IsPlainFolder(handle windows.Handle) (bool, error) {
	var about windows.ByHandleFileInformation
	err := windows.GetFileInformationByHandle(handle, &about)
	const link = windows.FILE_ATTRIBUTE_REPARSE_POINT
	return about.FileAttributes&(windows.FILE_ATTRIBUTE_DIRECTORY|link) == windows.FILE_ATTRIBUTE_DIRECTORY, err
}

// removeFolder goes by handles: a path could lead elsewhere a moment later. (os.RemoveAll asks Windows for a way to
// delete that Wine 8 does not have, where this is tested.)
func removeFolder(folder string) error {
	handle, err := OpenItself(folder, toRemove)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "remove", Path: folder, Err: err}
	}
	return removeOpen(handle, folder)
}

// removeOpen removes what is open, and closes it.
func removeOpen(handle windows.Handle, path string) error {
	file := os.NewFile(uintptr(handle), path)
	defer file.Close()
	isFolder, err := IsPlainFolder(handle)
	if err != nil {
		return &os.PathError{Op: "remove", Path: path, Err: err}
	}
	var failed error
	if isFolder {
		var names []string
		names, failed = file.Readdirnames(-1)
		for _, name := range names {
			if err := removeWithin(handle, name, path+`\`+name); failed == nil {
				failed = err
			}
		}
	}
	remove := byte(1)
	err = windows.SetFileInformationByHandle(handle, windows.FileDispositionInfo, &remove, 1)
	if failed == nil && err != nil {
		failed = &os.PathError{Op: "remove", Path: path, Err: err}
	}
	return failed
}

func removeWithin(folder windows.Handle, name, path string) error {
	text, err := windows.NewNTUnicodeString(name)
	if err != nil {
		return err
	}
	object := windows.OBJECT_ATTRIBUTES{RootDirectory: folder, ObjectName: text, Attributes: windows.OBJ_DONT_REPARSE}
	object.Length = uint32(unsafe.Sizeof(object))
	var handle windows.Handle
	var status windows.IO_STATUS_BLOCK
	const options = windows.FILE_OPEN_REPARSE_POINT | windows.FILE_OPEN_FOR_BACKUP_INTENT |
		windows.FILE_SYNCHRONOUS_IO_NONALERT
	err = windows.NtCreateFile(&handle, toRemove, &object, &status, nil, 0, shared, windows.FILE_OPEN, options, 0, 0)
	if failure, is := err.(windows.NTStatus); is {
		err = failure.Errno()
	}
	if isGone(err) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "remove", Path: path, Err: err}
	}
	return removeOpen(handle, path)
}

func isGone(err error) bool {
	return errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND)
}
