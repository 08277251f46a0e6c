//go:build windows

// Package state keeps what the client knows between two runs, in a folder that only Administrators and SYSTEM can read.
package state

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/files"
)

const (
	folderName       = "Relaypoint Client"
	stateFile        = "state.json"
	secretFile       = "secret.sealed"
	registrationFile = "registration.sealed"
)

// State is what is no secret.
type State struct {
	Computer     string `json:"computer"`
	Server       string `json:"server"`
	State        string `json:"state"`
	DP           string `json:"dp"`
	ContactAfter int    `json:"contactAfter"`
	LastContact  int64  `json:"lastContact"`
	LastBootID   string `json:"lastBootId"`
	Refused      string `json:"refused"`
}

// Store is the folder.
type Store struct{ folder string }

// Folder is where it is. %ProgramData% is not asked: a service may see another one, or none.
func Folder() (string, error) {
	base, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	return filepath.Join(base, folderName), err
}

// Open makes the folder, protected before anything is in it.
func Open() (*Store, error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	return &Store{folder}, makeFolder(folder)
}

// Load reads the state; a new one when there is none.
func Load() (State, error) {
	folder, err := Folder()
	if err != nil {
		return State{}, err
	}
	text, err := os.ReadFile(filepath.Join(folder, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	var state State
	return state, json.Unmarshal(text, &state)
}

// Load reads the state; a new one when there is none or it cannot be used.
func (s *Store) Load() State {
	state, err := Load()
	if err != nil {
		return State{}
	}
	return state
}

// Save keeps the state.
func (s *Store) Save(state State) error { return files.WriteWhole(s.path(stateFile), state) }

// Secret is what contacts are made with, or "".
func (s *Store) Secret() string { return string(s.unsealed(secretFile)) }

// SaveSecret keeps it, sealed by Windows for SYSTEM alone.
func (s *Store) SaveSecret(secret string) error { return s.seal(secretFile, []byte(secret)) }

// Registration is what is still to be registered with, or nil.
func (s *Store) Registration() *contract.Registration {
	text := s.unsealed(registrationFile)
	defer clear(text)
	var registration contract.Registration
	if text == nil || json.Unmarshal(text, &registration) != nil {
		return nil
	}
	return &registration
}

// SaveRegistration leaves a registration for the client service.
func (s *Store) SaveRegistration(registration contract.Registration) error {
	text, err := json.Marshal(registration)
	if err != nil {
		return err
	}
	defer clear(text)
	return s.seal(registrationFile, text)
}

// ForgetRegistration removes a registration that has been used. A newer one stays.
func (s *Store) ForgetRegistration(used contract.Registration) {
	if now := s.Registration(); now != nil && *now == used {
		_ = files.Remove(s.path(registrationFile))
	}
}

// HasRegistration tells whether one waits, without opening it.
func (s *Store) HasRegistration() bool {
	_, err := os.Stat(s.path(registrationFile))
	return err == nil
}

// Remove takes everything away. A secret that stays is a failure; left says what else could not be removed.
func Remove() (left, failed error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	left = files.RemoveFolder(folder)
	if left == nil {
		return nil, nil
	}
	for _, name := range []string{secretFile, registrationFile} {
		for _, path := range []string{name, name + ".new"} {
			if _, err := os.Lstat(filepath.Join(folder, path)); !errors.Is(err, fs.ErrNotExist) {
				return nil, left
			}
		}
	}
	return left, nil
}

func (s *Store) path(name string) string { return filepath.Join(s.folder, name) }

func (s *Store) seal(name string, plain []byte) error {
	sealed, err := protectData(plain)
	if err != nil {
		return err
	}
	return files.WriteBytes(s.path(name), sealed)
}

func (s *Store) unsealed(name string) []byte {
	sealed, err := os.ReadFile(s.path(name))
	if err != nil {
		return nil
	}
	plain, err := unprotectData(sealed)
	if err != nil {
		return nil
	}
	return plain
}
