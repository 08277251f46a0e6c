package contract

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// RemoveFolder removes a folder that only Administrators can write to, with all that is in it. Links are removed, not
// followed. (os.RemoveAll asks Windows for a way to delete that Wine 8 does not have, where this is tested.)
func RemoveFolder(folder string) error {
	if _, err := os.Lstat(folder); err != nil {
		return nil
	}
	var paths []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	})
	for _, path := range slices.Backward(paths) {
		if removing := os.Remove(path); err == nil && removing != nil && !os.IsNotExist(removing) {
			err = removing
		}
	}
	return err
}
