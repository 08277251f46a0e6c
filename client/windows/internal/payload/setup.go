//go:build setup

// Package payload has the MSI of the setup program: client.msi, which the build puts beside this file.
package payload

import _ "embed"

//go:embed client.msi
var MSI []byte
