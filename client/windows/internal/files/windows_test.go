//go:build windows

package files

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// hold opens a file as a virus scanner does, and lets go of it when others have been refused for a while.
func hold(t *testing.T, path string) {
	t.Helper()
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	handle, err := windows.CreateFile(name, windows.GENERIC_READ, windows.FILE_SHARE_READ, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); !isHeld(err) {
		t.Fatalf("it is not held: %v", err)
	}
	time.AfterFunc(3*usual.pause, func() { windows.CloseHandle(handle) })
}

func TestWhatAnotherProgramHoldsIsWaitedFor(t *testing.T) {
	folder := filepath.Join(folderFor(t), "folder")
	path := filepath.Join(folder, "file")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteBytes(path, []byte("1")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		held string
		do   func() error
	}{
		{"writing", path, func() error { return WriteBytes(path, []byte("2")) }},
		{"moving", path, func() error { return Rename(path, path+"2") }},
		{"removing", path + "2", func() error { return Remove(path + "2") }},
	} {
		hold(t, test.held)
		if err := test.do(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if err := WriteBytes(path, nil); err != nil {
		t.Fatal(err)
	}
	hold(t, path)
	if err := RemoveFolder(folder); err != nil {
		t.Errorf("removing a folder: %v", err)
	}
	if _, err := os.Lstat(folder); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestOnlyAFolderIsAFolder(t *testing.T) {
	folder := folderFor(t)
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{folder: true, file: false} {
		handle, err := OpenItself(path, windows.FILE_READ_ATTRIBUTES)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := IsPlainFolder(handle)
		windows.CloseHandle(handle)
		if plain != want || err != nil {
			t.Errorf("%s: %v %v", path, plain, err)
		}
	}
}
