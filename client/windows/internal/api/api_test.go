package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

func TestRegistersAndContacts(t *testing.T) {
	var paths, secrets []string
	var body map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		secrets = append(secrets, r.Header.Get("Authorization"))
		body = nil
		_ = json.NewDecoder(r.Body).Decode(&body)
		if r.URL.Path == "/client/v1/register" {
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"computer":"c1","secret":"c1.x","contactAfter":60,"dp":null}`))
			return
		}
		_, _ = w.Write([]byte(`{"state":"ready","dp":"berlin","server":"http://s","contactAfter":900}`))
	}))
	defer server.Close()
	api, about := New(nil), About{Version: "1.5.0", BootID: "b", Location: Location{Addresses: []string{}}}

	registered, err := api.Register(t.Context(), server.URL+"/client/v1/register", Registering{Token: "t", Name: "pc", About: about})
	if err != nil || registered.Secret != "c1.x" || registered.DP != nil {
		t.Fatalf("%+v %v", registered, err)
	}
	// what the server's schema wants is there, also where nothing is known
	for _, name := range []string{"token", "name", "fqdn", "os", "version", "bootId", "restartRequired", "location"} {
		if _, there := body[name]; !there {
			t.Errorf("the registration has no %s: %v", name, body)
		}
	}
	contacted, err := api.Contact(t.Context(), BaseOf(server.URL+"/client/v1/register"), registered.Secret, about)
	if err != nil || contacted.State != "ready" || *contacted.DP != "berlin" || contacted.ContactAfter != 900 {
		t.Fatalf("%+v %v", contacted, err)
	}
	if paths[1] != "/client/v1/contact" || secrets[0] != "" || secrets[1] != "Bearer c1.x" {
		t.Errorf("%v %v", paths, secrets)
	}
}

func TestTellsARefusalFromAnswersThatMayChange(t *testing.T) {
	for status, refused := range map[int]bool{
		400: true, 401: true, 404: true, 409: true, 302: true, 408: false, 425: false, 429: false, 500: false, 503: false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"code":"REGISTER_MISMATCH"}`))
		}))
		_, err := New(nil).Contact(t.Context(), server.URL, "s", About{})
		server.Close()
		var refusal *Refused
		if errors.As(err, &refusal) != refused || err == nil {
			t.Errorf("%d: %v", status, err)
		}
		if refused && (refusal.Code != "REGISTER_MISMATCH" || refusal.Status != status) {
			t.Errorf("%d: %+v", status, refusal)
		}
	}
}

func TestAnAnswerWithoutASecretIsNone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"computer":"c1"}`))
	}))
	defer server.Close()
	if _, err := New(nil).Register(t.Context(), server.URL, Registering{}); err == nil {
		t.Error("it counts as a registration")
	}
}

func TestProxyOfTheSystem(t *testing.T) {
	for _, test := range []struct{ setting, bypass, target, want string }{
		{"proxy:8080", "", "https://relay.example/x", "http://proxy:8080"},
		{"http=a:80;https=b:81", "", "https://relay.example", "http://b:81"},
		{"http=a:80 https=b:81", "", "http://relay.example", "http://a:80"},
		{"http=a:80", "", "https://relay.example", ""},
		{"proxy:8080", "*.example", "https://relay.example", ""},
		{"proxy:8080", "<local>;10.*", "https://relay", ""},
		{"proxy:8080", "<local>;10.*", "https://10.1.2.3:8443/", ""},
		{"proxy:8080", "<local>", "https://relay.example", "http://proxy:8080"},
		{"", "", "https://relay.example", ""},
	} {
		target, err := url.Parse(test.target)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if proxy := ProxyFor(test.setting, test.bypass, target); proxy != nil {
			got = proxy.String()
		}
		if got != test.want {
			t.Errorf("%q, %q, %s: %q", test.setting, test.bypass, test.target, got)
		}
	}
}
