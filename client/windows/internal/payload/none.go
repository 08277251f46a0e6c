//go:build !setup

// Package payload has the MSI of the setup program. The installed client is built without it.
package payload

// MSI is empty in the installed client.
var MSI []byte
