//go:build !windows

package files

import "os"

func isHeld(error) bool { return false }

func removeFolder(folder string) error { return os.RemoveAll(folder) }
