package files

import (
	"encoding/json"
	"os"
)

// WriteWhole writes value as JSON: after it either the old file is there or the new one, whole and on the disk.
func WriteWhole(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return WriteBytes(path, text)
}

// WriteBytes is WriteWhole for what is bytes already. The file is always a new one: one that others have put there would
// bring its access list with it.
func WriteBytes(path string, content []byte) error {
	unfinished := path + ".new"
	var file *os.File
	err := usual.try(func() (err error) {
		if err = os.Remove(unfinished); err != nil && !os.IsNotExist(err) {
			return err
		}
		file, err = os.OpenFile(unfinished, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		return err
	})
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = Rename(unfinished, path)
	}
	if err != nil {
		_ = os.Remove(unfinished)
	}
	return err
}
