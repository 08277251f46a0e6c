//go:build windows

package state

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// protectData seals for the account that runs this, SYSTEM: nobody else opens it, not even from a backup.
func protectData(plain []byte) ([]byte, error) {
	return throughDPAPI(plain, func(in, out *windows.DataBlob) error {
		return windows.CryptProtectData(in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, out)
	})
}

func unprotectData(sealed []byte) ([]byte, error) {
	return throughDPAPI(sealed, func(in, out *windows.DataBlob) error {
		return windows.CryptUnprotectData(in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, out)
	})
}

func throughDPAPI(given []byte, convert func(in, out *windows.DataBlob) error) ([]byte, error) {
	if len(given) == 0 {
		return nil, errors.New("nothing to seal or to open")
	}
	in := windows.DataBlob{Size: uint32(len(given)), Data: &given[0]}
	var out windows.DataBlob
	if err := convert(&in, &out); err != nil {
		return nil, err
	}
	theirs := unsafe.Slice(out.Data, out.Size)
	ours := append([]byte(nil), theirs...)
	clear(theirs)
	_, err := windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data)))
	return ours, err
}
