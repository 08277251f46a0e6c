package contract

import "time"

// How an attempt ended.
const (
	OutcomeExit      = "exit"
	OutcomeNewer     = "newer"
	OutcomeFailed    = "failed"
	OutcomeCancelled = "cancelled"
)

// Failure codes of the project that a push can end with.
const (
	WrongComputer        = "WRONG_COMPUTER"
	DigestMismatch       = "DIGEST_MISMATCH"
	PendingRestartBlocks = "PENDING_RESTART_BLOCKS"
	InstallTimeout       = "INSTALL_TIMEOUT"
	Internal             = "DP_INTERNAL"
)

// Exit codes of the Windows installer that are more than a number here.
const (
	ExitDone             = 0
	ExitUnknownProduct   = 1605
	ExitRestartInitiated = 1641
	ExitRestartRequired  = 3010
)

// Started is the file that a push writes first.
type Started struct {
	V      int    `json:"v"`
	PID    int    `json:"pid"`
	BootID string `json:"bootId"`
	At     string `json:"at"`
	// Key is the raw X25519 public key of this run, base64url.
	Key string `json:"key"`
}

// Facts say what the computer is, after the work.
type Facts struct {
	OS            string `json:"os"`
	Arch          string `json:"arch"`
	Hostname      string `json:"hostname"`
	BootID        string `json:"bootId"`
	ClientVersion string `json:"clientVersion"`
}

// Result is result.json: the only thing that says how an attempt ended.
type Result struct {
	V       int    `json:"v"`
	Outcome string `json:"outcome"`
	Code    *int64 `json:"code,omitempty"`
	Failure string `json:"failure,omitempty"`
	Text    string `json:"text"`
	Facts   Facts  `json:"facts"`
	At      string `json:"at"`
}

// Exit is the result of an installer that ran.
func Exit(code uint32, text string) Result {
	signed := ExitNumber(code)
	return Result{Outcome: OutcomeExit, Code: &signed, Text: text}
}

// Failed is the result of an attempt that could not be made.
func Failed(failure, text string) Result {
	return Result{Outcome: OutcomeFailed, Failure: failure, Text: text}
}

// ExitNumber is an exit code as people write it: those of the system are negative (0xC0000142 is -1073741502).
func ExitNumber(code uint32) int64 { return int64(int32(code)) }

// Succeeded tells whether the installer did what it was told, with or without a restart to follow.
func Succeeded(code uint32) bool { return code == ExitDone || NeedsRestart(code) }

// NeedsRestart tells whether the installer wants the computer restarted.
func NeedsRestart(code uint32) bool {
	return code == ExitRestartRequired || code == ExitRestartInitiated
}

// Timestamp is the form of every time in these files.
func Timestamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// FormatVersion is the "v" of all these files.
func FormatVersion() int { return formatVersion }
