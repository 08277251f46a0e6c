// Package api speaks the client API: registration and contacts.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	callTimeout = 60 * time.Second
	maxAnswer   = 1 << 20
)

// Gateway is the computer's way out of its network.
type Gateway struct {
	IP  string `json:"ip"`
	MAC string `json:"mac"`
}

// Location is what tells the server in which network a computer is.
type Location struct {
	// Addresses are ip/prefix.
	Addresses []string `json:"addresses"`
	Gateway   *Gateway `json:"gateway"`
	DNSSuffix *string  `json:"dnsSuffix"`
	ADSite    *string  `json:"adSite"`
}

// About is what registration and contact have in common.
type About struct {
	Version         string   `json:"version"`
	BootID          string   `json:"bootId"`
	RestartRequired bool     `json:"restartRequired"`
	Location        Location `json:"location"`
}

// Registering is a registration's body.
type Registering struct {
	Token string  `json:"token"`
	Name  string  `json:"name"`
	FQDN  *string `json:"fqdn"`
	OS    string  `json:"os"`
	About
}

// Registered answers a registration.
type Registered struct {
	Computer     string  `json:"computer"`
	Secret       string  `json:"secret"`
	ContactAfter int     `json:"contactAfter"`
	DP           *string `json:"dp"`
}

// Contacted answers a contact.
type Contacted struct {
	State        string  `json:"state"`
	DP           *string `json:"dp"`
	ContactAfter int     `json:"contactAfter"`
}

// Refused is an answer that another try would only repeat.
type Refused struct {
	Status int
	Code   string
}

func (r *Refused) Error() string { return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Code)) }

// API calls a server. The zero value has no proxy.
type API struct{ client http.Client }

// New makes calls through the given transport.
func New(transport http.RoundTripper) *API {
	return &API{http.Client{
		Transport: transport,
		Timeout:   callTimeout,
		// a secret goes where it was meant to go, and nowhere else
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// BaseOf is the address of the client API that a registration's address belongs to.
func BaseOf(registrationURL string) string { return strings.TrimSuffix(registrationURL, "/register") }

// Register registers at the address that came with the token. The error is a *Refused when the server will not have it.
func (a *API) Register(ctx context.Context, url string, body Registering) (Registered, error) {
	var answer Registered
	if err := a.post(ctx, url, "", body, &answer); err != nil {
		return Registered{}, err
	}
	if answer.Secret == "" {
		return Registered{}, errors.New("the answer to the registration holds no secret")
	}
	return answer, nil
}

// Contact reports to the server. The error is a *Refused when the server will not have it.
func (a *API) Contact(ctx context.Context, base, secret string, about About) (Contacted, error) {
	var answer Contacted
	err := a.post(ctx, base+"/contact", secret, about, &answer)
	return answer, err
}

func (a *API) post(ctx context.Context, url, secret string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if secret != "" {
		request.Header.Set("Authorization", "Bearer "+secret)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	switch status := response.StatusCode; {
	case status == http.StatusOK || status == http.StatusCreated:
		return json.Unmarshal(said, answer)
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests,
		status >= http.StatusInternalServerError:
		return fmt.Errorf("not answered (status %d)", status)
	default:
		var problem struct {
			Code string `json:"code"`
		}
		_ = json.Unmarshal(said, &problem) // a proxy's page has no code
		return &Refused{Status: status, Code: problem.Code}
	}
}
