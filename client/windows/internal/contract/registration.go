package contract

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// registrationInfo is the HPKE info of a registration: a secret of another kind never opens as one.
const registrationInfo = "relaypoint/windows-registration/v1"

const rawKeyBytes = 32

var errUnsealable = errors.New("the registration does not open: it is not sealed to this run, or was changed")

// Registration is what a client registers with, once.
type Registration struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// RunKey is the key pair of one run. Its private half never leaves the memory.
type RunKey struct{ private hpke.PrivateKey }

// NewRunKey makes a key pair.
func NewRunKey() (RunKey, error) {
	private, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	return RunKey{private}, err
}

// Public is the public half, raw, as base64url.
func (k RunKey) Public() string {
	return base64.RawURLEncoding.EncodeToString(k.private.PublicKey().Bytes())
}

// Open opens a sealed registration (RFC 9180 base mode; X25519, HKDF-SHA256, AES-256-GCM). It is bound to its order and
// attempt.
func (k RunKey) Open(sealed []byte, order string, attempt int) (Registration, error) {
	bytes, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(string(sealed)))
	if err != nil || len(bytes) <= rawKeyBytes {
		return Registration{}, errUnsealable
	}
	recipient, err := hpke.NewRecipient(bytes[:rawKeyBytes], k.private, hpke.HKDFSHA256(), hpke.AES256GCM(),
		[]byte(registrationInfo))
	if err != nil {
		return Registration{}, errUnsealable
	}
	binding, err := registrationBinding(order, attempt)
	if err != nil {
		return Registration{}, err
	}
	plain, err := recipient.Open(binding, bytes[rawKeyBytes:])
	if err != nil {
		return Registration{}, errUnsealable
	}
	defer clear(plain)
	var registration Registration
	if json.Unmarshal(plain, &registration) != nil {
		return Registration{}, errors.New("the sealed registration is not one")
	}
	return registration, registration.check()
}

// registrationBinding is canonical JSON (RFC 8785). Go writes it so for texts without control characters and angle
// brackets, which no id has.
func registrationBinding(order string, attempt int) ([]byte, error) {
	for _, char := range order {
		if char < ' ' || strings.ContainsRune("<>&\u2028\u2029\u007f\ufffd", char) {
			return nil, fmt.Errorf("%q is not an order's id", order)
		}
	}
	return json.Marshal(struct {
		Attempt string `json:"attempt"`
		Order   string `json:"order"`
	}{strconv.Itoa(attempt), order})
}

func (r Registration) check() error {
	address, err := url.Parse(r.URL)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return errors.New("the registration has no http or https address")
	}
	if r.Token == "" {
		return errors.New("the registration has no token")
	}
	return nil
}
