// Package files writes and removes files as a program must that others watch: virus scanners hold what is new for a
// moment, and users may have put something in its way.
package files

import (
	"os"
	"time"
)

// patience bounds how long something that another program holds is tried again.
type patience struct {
	total, pause time.Duration
	held         func(error) bool
}

var usual = patience{total: 10 * time.Second, pause: 100 * time.Millisecond, held: isHeld}

// try does it until it succeeds, fails for good, or the time is up.
func (p patience) try(do func() error) error {
	for until := time.Now().Add(p.total); ; time.Sleep(p.pause) {
		err := do()
		if err == nil || !p.held(err) || !time.Now().Before(until) {
			return err
		}
	}
}

// Remove removes a file or an empty folder; one that is not there is no failure.
func Remove(path string) error {
	return usual.try(func() error {
		if err := os.Remove(path); !os.IsNotExist(err) {
			return err
		}
		return nil
	})
}

// Rename gives a file its name.
func Rename(from, to string) error {
	return usual.try(func() error { return os.Rename(from, to) })
}

// RemoveFolder removes a folder with all that is in it. Links are removed and never followed, not even one that takes a
// folder's place meanwhile. What cannot be removed does not keep the rest.
func RemoveFolder(folder string) error {
	return usual.try(func() error { return removeFolder(folder) })
}
