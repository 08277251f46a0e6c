//go:build windows

// Package machine says what this computer is: its names, its system, its boot, its network, what it waits for.
package machine

import (
	"runtime"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Hostname is the DNS name without its domain. It may be longer than the NetBIOS name.
func Hostname() string {
	if name := computerName(windows.ComputerNamePhysicalDnsHostname); name != "" {
		return name
	}
	return computerName(windows.ComputerNamePhysicalNetBIOS)
}

// FQDN is the full DNS name, or "" for a computer without a domain.
func FQDN() string {
	name := computerName(windows.ComputerNamePhysicalDnsFullyQualified)
	if !strings.Contains(name, ".") {
		return ""
	}
	return name
}

func computerName(kind uint32) string {
	length := uint32(256)
	buffer := make([]uint16, length)
	if windows.GetComputerNameEx(kind, &buffer[0], &length) != nil {
		return ""
	}
	return windows.UTF16ToString(buffer)
}

const (
	machineAMD64  = 0x8664
	machineARM64  = 0xaa64
	firstBuild11  = 22000
	versionFolder = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`
)

// Arch is the computer's architecture as releases name it, also where another one's program is emulated.
func Arch() string {
	var process, native uint16
	if windows.NewLazySystemDLL("kernel32.dll").NewProc("IsWow64Process2").Find() == nil &&
		windows.IsWow64Process2(windows.CurrentProcess(), &process, &native) == nil {
		switch native {
		case machineAMD64:
			return "x64"
		case machineARM64:
			return "arm64"
		}
	}
	if runtime.GOARCH == "amd64" {
		return "x64"
	}
	return runtime.GOARCH
}

// OSName is the system's name for people: "Windows 11 Pro 23H2 (22631)".
func OSName() string {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, versionFolder, registry.QUERY_VALUE)
	if err != nil {
		return "Windows"
	}
	defer key.Close()
	name, _, _ := key.GetStringValue("ProductName")
	release, _, _ := key.GetStringValue("DisplayVersion")
	build, _, _ := key.GetStringValue("CurrentBuild")
	// Windows 11 calls itself Windows 10 there
	if windows.RtlGetVersion().BuildNumber >= firstBuild11 {
		name = strings.Replace(name, "Windows 10", "Windows 11", 1)
	}
	if build != "" {
		build = "(" + build + ")"
	}
	if words := strings.Join(strings.Fields(name+" "+release+" "+build), " "); words != "" {
		return words
	}
	return "Windows"
}
