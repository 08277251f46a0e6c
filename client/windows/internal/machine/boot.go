//go:build windows

package machine

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/windows"
)

// systemTimeOfDay is SYSTEM_TIMEOFDAY_INFORMATION, class 3 of NtQuerySystemInformation.
type systemTimeOfDay struct {
	BootTime     int64
	CurrentTime  int64
	TimeZoneBias int64
	TimeZoneID   uint32
	Reserved     uint32
	BootTimeBias uint64
	SleepBias    uint64
}

const systemTimeOfDayInformation = 3

// BootID names the run of Windows since its last start. BootTime alone moves when the clock is set; the bias takes that
// out again. A shutdown with Fast Startup does not change it: that is no restart.
func BootID() string {
	var times systemTimeOfDay
	var written uint32
	err := windows.NtQuerySystemInformation(systemTimeOfDayInformation, unsafe.Pointer(&times),
		uint32(unsafe.Sizeof(times)), &written)
	if err != nil {
		return "unknown"
	}
	return strconv.FormatInt(times.BootTime-int64(times.BootTimeBias), 10)
}
