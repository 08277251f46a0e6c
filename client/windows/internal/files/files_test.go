package files

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// folderFor is t.TempDir for Wine too, where that is never rid of it.
func folderFor(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "files-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := RemoveFolder(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func TestFileIsWrittenWhole(t *testing.T) {
	path := filepath.Join(folderFor(t), "result.json")
	for _, text := range []string{"1", "2"} {
		if err := WriteBytes(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q %v", got, err)
		}
	}
	if _, err := os.Lstat(path + ".new"); !os.IsNotExist(err) {
		t.Error("the half-written file is still there")
	}
}

func TestFileOfOthersIsNotWrittenTo(t *testing.T) {
	folder := folderFor(t)
	path, planted := filepath.Join(folder, "secret"), filepath.Join(folder, "planted")
	if err := os.WriteFile(planted, []byte("theirs"), 0o666); err != nil {
		t.Fatal(err)
	}
	// the same file under the name that is written to first
	if err := os.Link(planted, path+".new"); err != nil {
		t.Fatal(err)
	}
	if err := WriteWhole(path, "ours"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(planted); string(got) != "theirs" {
		t.Errorf("the planted file holds %q", got)
	}
	if got, _ := os.ReadFile(path); string(got) != `"ours"` {
		t.Errorf("the file holds %q", got)
	}
}

func TestWhatIsHeldIsTriedAgain(t *testing.T) {
	errHeld, errOther := errors.New("held"), errors.New("other")
	isHeld := func(err error) bool { return errors.Is(err, errHeld) }
	for _, test := range []struct {
		name    string
		total   time.Duration
		answers []error
		want    error
		tries   int
	}{
		{"let go", time.Hour, []error{errHeld, errHeld, nil}, nil, 3},
		{"another failure", time.Hour, []error{errHeld, errOther}, errOther, 2},
		{"never let go", 0, []error{errHeld}, errHeld, 1},
	} {
		tries := 0
		err := patience{total: test.total, held: isHeld}.try(func() error {
			tries++
			return test.answers[tries-1]
		})
		if err != test.want || tries != test.tries {
			t.Errorf("%s: %v after %d tries", test.name, err, tries)
		}
	}
}

func TestRemovingWhatIsNotThereIsNoFailure(t *testing.T) {
	if err := Remove(filepath.Join(folderFor(t), "none")); err != nil {
		t.Error(err)
	}
}

func TestFolderIsRemovedWithAllThatIsInIt(t *testing.T) {
	base := folderFor(t)
	folder, other := filepath.Join(base, "a"), filepath.Join(base, "other")
	for _, path := range []string{filepath.Join(folder, "b", "c"), other} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(other, filepath.Join(folder, "b", "link")); err != nil {
		t.Logf("without a link in it: %v", err) // Wine 8 makes none
	}
	if err := RemoveFolder(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(folder); !os.IsNotExist(err) {
		t.Error("it is still there")
	}
	if _, err := os.Stat(filepath.Join(other, "file")); err != nil {
		t.Errorf("what a link leads to is gone: %v", err)
	}
	if err := RemoveFolder(folder); err != nil {
		t.Errorf("a second time: %v", err)
	}
}
