//go:build windows

// Package events writes to the Windows event log, under a source that the installation registers.
package events

import (
	"fmt"

	"golang.org/x/sys/windows/svc/eventlog"
)

// Source is the name in the log Application.
const Source = "Relaypoint Client"

// Ids of the events, for filters and alerts of an administrator.
const (
	Running    = 100
	Registered = 101
	Changed    = 102
	NotReached = 110
	Refused    = 111
	Broken     = 112
	PushBegan  = 200
	PushEnded  = 201
	PushFailed = 202
)

// Log is an open event log. The nil Log writes nothing.
type Log struct{ log *eventlog.Log }

// Open gives nil when the event log cannot be had: nothing here may fail for that.
func Open() *Log {
	log, err := eventlog.Open(Source)
	if err != nil {
		return nil
	}
	return &Log{log}
}

// Close ends it.
func (l *Log) Close() {
	if l != nil {
		_ = l.log.Close()
	}
}

// Info says what went as it should.
func (l *Log) Info(id uint32, format string, values ...any) {
	if l != nil {
		_ = l.log.Info(id, fmt.Sprintf(format, values...))
	}
}

// Warning says what is tried again.
func (l *Log) Warning(id uint32, format string, values ...any) {
	if l != nil {
		_ = l.log.Warning(id, fmt.Sprintf(format, values...))
	}
}

// Error says what somebody has to look at.
func (l *Log) Error(id uint32, format string, values ...any) {
	if l != nil {
		_ = l.log.Error(id, fmt.Sprintf(format, values...))
	}
}
