// Package contract holds what is agreed between a distribution point and the push role: the files of an attempt's
// folder and the rules on them. Nothing in it needs Windows.
package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// What an order asks for.
const (
	DoInstall   = "install"
	DoRestart   = "restart"
	DoUninstall = "uninstall"
)

// Names of the files in an attempt's folder.
const (
	OrderFile        = "order.json"
	StartedFile      = "started"
	RegistrationFile = "registration.sealed"
	OutputFile       = "output.log"
	ResultFile       = "result.json"
)

// ServicePrefix begins the name of a push service, and of its folder.
const ServicePrefix = "RelaypointPush-"

const (
	formatVersion = 1
	// mostSeconds is a year: more than any work may take, and little enough to be added.
	mostSeconds = 365 * 24 * 60 * 60
)

// Order is order.json. It holds no secret.
type Order struct {
	V            int       `json:"v"`
	Order        string    `json:"order"`
	Attempt      int       `json:"attempt"`
	Do           string    `json:"do"`
	Names        []string  `json:"names"`
	SHA256       *string   `json:"sha256"`
	Args         []string  `json:"args"`
	Version      *string   `json:"version"`
	AllowOlder   bool      `json:"allowOlder"`
	Registration bool      `json:"registration"`
	Deadline     time.Time `json:"deadline"`
	// Seconds were left for the work when the order was written: the clocks of two computers may differ.
	Seconds *int64 `json:"seconds"`
}

// Ends is when the work has to be done, for a program that began at the given time.
func (o Order) Ends(began time.Time) time.Time {
	if o.Seconds == nil {
		return o.Deadline
	}
	return began.Add(time.Duration(min(max(*o.Seconds, 0), mostSeconds)) * time.Second)
}

// ParseOrder reads order.json and refuses what cannot be carried out as it stands.
func ParseOrder(text []byte) (Order, error) {
	var order Order
	if err := json.Unmarshal(text, &order); err != nil {
		return Order{}, fmt.Errorf("%s: %w", OrderFile, err)
	}
	switch {
	case order.V != formatVersion:
		return Order{}, fmt.Errorf("%s has format %d; this program knows %d", OrderFile, order.V, formatVersion)
	case order.Order == "" || order.Attempt < 1:
		return Order{}, errors.New(OrderFile + " names no order and attempt")
	case order.Do != DoInstall && order.Do != DoRestart && order.Do != DoUninstall:
		return Order{}, fmt.Errorf("%s: %q is not known", OrderFile, order.Do)
	case order.Seconds == nil && order.Deadline.IsZero():
		return Order{}, errors.New(OrderFile + " has no deadline")
	}
	if _, err := MSIProperties(order.Args); err != nil {
		return Order{}, err
	}
	return order, nil
}

// publicProperty is the name of a property that may be given to the installer: it hands on none in lower case.
var publicProperty = regexp.MustCompile(`^[A-Z_][A-Z0-9_.]{0,71}$`)

// MSIProperties turns NAME=VALUE items into one piece of a command line as msiexec reads it: the value alone in quotes,
// quotes within it doubled.
func MSIProperties(args []string) (string, error) {
	var line strings.Builder
	for _, arg := range args {
		name, value, found := strings.Cut(arg, "=")
		if !found || !publicProperty.MatchString(name) || strings.ContainsAny(value, "\x00\r\n") {
			return "", fmt.Errorf("%q is not a property of the installer (NAME=VALUE, the name in capitals)", arg)
		}
		fmt.Fprintf(&line, ` %s="%s"`, name, strings.ReplaceAll(value, `"`, `""`))
	}
	return line.String(), nil
}
