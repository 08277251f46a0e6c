package contract

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const goodOrder = `{"v":1,"order":"o1","attempt":2,"do":"install","names":["PC-8","pc-8.corp.example"],"sha256":null,
	"args":["LEVEL=high"],"version":"1.5.0","allowOlder":false,"registration":true,"deadline":"2026-01-02T03:04:05.678Z"}`

func TestOrderIsRead(t *testing.T) {
	order, err := ParseOrder([]byte(goodOrder))
	if err != nil {
		t.Fatal(err)
	}
	if order.Do != DoInstall || order.Attempt != 2 || order.SHA256 != nil || *order.Version != "1.5.0" || !order.Registration {
		t.Errorf("read as %+v", order)
	}
	if want := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC); !order.Deadline.Equal(want) {
		t.Errorf("the deadline is %v, not %v", order.Deadline, want)
	}
}

func TestSecondsCountRatherThanTheDeadline(t *testing.T) {
	began := time.Now()
	for name, test := range map[string]struct {
		with string
		ends time.Time
	}{
		"a deadline":         {goodOrder, time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)},
		"seconds beside it":  {strings.Replace(goodOrder, `"v":1`, `"v":1,"seconds":90`, 1), began.Add(90 * time.Second)},
		"seconds alone":      {strings.Replace(goodOrder, `"deadline":`, `"seconds":90,"x":`, 1), began.Add(90 * time.Second)},
		"no seconds left":    {strings.Replace(goodOrder, `"v":1`, `"v":1,"seconds":0`, 1), began},
		"fewer than none":    {strings.Replace(goodOrder, `"v":1`, `"v":1,"seconds":-5`, 1), began},
		"more than any work": {strings.Replace(goodOrder, `"v":1`, `"v":1,"seconds":99999999999999`, 1), began.Add(mostSeconds * time.Second)},
	} {
		order, err := ParseOrder([]byte(test.with))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if ends := order.Ends(began); !ends.Equal(test.ends) {
			t.Errorf("%s: ends at %v, not at %v", name, ends, test.ends)
		}
	}
}

func TestOrderThatCannotBeCarriedOutIsRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"another format":   {`"v":1`, `"v":2`},
		"another work":     {`"install"`, `"format"`},
		"no attempt":       {`"attempt":2`, `"attempt":0`},
		"no order":         {`"o1"`, `""`},
		"no deadline":      {`"deadline"`, `"dead"`},
		"half a second":    {`"v":1`, `"v":1,"seconds":0.5`},
		"no JSON":          {`{`, `[`},
		"a switch as word": {`LEVEL=high`, `/x`},
		"a private one":    {`LEVEL=high`, `level=high`},
		"a line break":     {`LEVEL=high`, `LEVEL=a\nb`},
	} {
		if _, err := ParseOrder([]byte(strings.Replace(goodOrder, change[0], change[1], 1))); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestPropertiesAreQuotedAsTheInstallerReadsThem(t *testing.T) {
	line, err := MSIProperties([]string{"A=", "B=two words", `C=say "so"`, `D=C:\x\`, "E=a=b"})
	if want := ` A="" B="two words" C="say ""so""" D="C:\x\" E="a=b"`; err != nil || line != want {
		t.Errorf("%s %v", line, err)
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		hostname string
		wanted   []string
		same     bool
	}{
		{"pc-8", []string{"PC-8"}, true},
		{"PC-8", []string{"", "pc-8.corp.example"}, true},
		{"pc-80", []string{"PC-8", "pc-8.corp.example"}, false},
		{"a-name-longer-than-netbios", []string{"A-NAME-LONGER-T"}, true},
		{"a-name-longer-than-netbios", []string{"A-NAME-LONGER"}, false},
		{"a-name-longer-t", []string{"a-name-longer-than-netbios.corp.example"}, false},
		{"", []string{""}, false},
		{"pc-8", nil, false},
	} {
		if IsNamed(test.wanted, test.hostname) != test.same {
			t.Errorf("%q among %q: not %v", test.hostname, test.wanted, test.same)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"1.4.0", "1.5.0", -1},
		{"1.10.0", "1.9.9", 1},
		{"1.5", "1.5.0", 0},
		{"1.5.0", "1.5.0-rc.1", 1},
		{"1.5.0-rc.2", "1.5.0-rc.10", -1},
		{"1.5.0+build", "1.5.0", 0},
		{"99999999999999999999.0", "99999999999999999998.0", 1},
		{"1.a", "1.b", -1},
	} {
		if got := CompareVersions(test.a, test.b); got != test.want {
			t.Errorf("%s to %s: %d", test.a, test.b, got)
		}
		if got := CompareVersions(test.b, test.a); got != -test.want {
			t.Errorf("%s to %s: %d", test.b, test.a, got)
		}
	}
}

func TestExitCodes(t *testing.T) {
	if got := ExitNumber(0xC0000142); got != -1073741502 {
		t.Errorf("%d", got)
	}
	for code, succeeded := range map[uint32]bool{0: true, 3010: true, 1641: true, 1603: false, 1605: false} {
		if Succeeded(code) != succeeded {
			t.Errorf("%d: not %v", code, succeeded)
		}
	}
}

func TestResultsSayWhatTheyMust(t *testing.T) {
	text, err := json.Marshal(Exit(0, "done"))
	if err != nil {
		t.Fatal(err)
	}
	var result map[string]any
	if err := json.Unmarshal(text, &result); err != nil {
		t.Fatal(err)
	}
	// a code of zero is a code
	if result["outcome"] != OutcomeExit || result["code"] != 0.0 || result["failure"] != nil {
		t.Errorf("%s", text)
	}
	failed, _ := json.Marshal(Failed(WrongComputer, "no"))
	if strings.Contains(string(failed), `"code"`) {
		t.Errorf("%s", failed)
	}
}

// vector is a registration sealed by libs/sealing of this project. The test run of the project makes a new one each time
// and names its file; the one beside this is for "go test" alone.
type vector struct {
	PrivateKey string `json:"privateKey"`
	PublicKey  string `json:"publicKey"`
	Order      string `json:"order"`
	Attempt    int    `json:"attempt"`
	Sealed     string `json:"sealed"`
	URL        string `json:"url"`
	Token      string `json:"token"`
}

func readVector(t *testing.T) (vector, RunKey) {
	path := os.Getenv("RELAYPOINT_SEALED_REGISTRATION")
	if path == "" {
		path = filepath.Join("testdata", "registration.json")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(v.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	private, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return v, RunKey{private}
}

func TestOpensWhatTheProjectSeals(t *testing.T) {
	v, key := readVector(t)
	if key.Public() != v.PublicKey {
		t.Errorf("the public key is %s, not %s", key.Public(), v.PublicKey)
	}
	registration, err := key.Open([]byte(v.Sealed+"\n"), v.Order, v.Attempt)
	if err != nil {
		t.Fatal(err)
	}
	if registration.URL != v.URL || registration.Token != v.Token {
		t.Errorf("opened as %+v", registration)
	}
}

func TestOpensNothingElse(t *testing.T) {
	v, key := readVector(t)
	other, err := NewRunKey()
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(v.Sealed)
	flipped[len(flipped)/2] ^= 1
	for name, open := range map[string]func() (Registration, error){
		"another run":     func() (Registration, error) { return other.Open([]byte(v.Sealed), v.Order, v.Attempt) },
		"another order":   func() (Registration, error) { return key.Open([]byte(v.Sealed), v.Order+"x", v.Attempt) },
		"another attempt": func() (Registration, error) { return key.Open([]byte(v.Sealed), v.Order, v.Attempt+1) },
		"a changed one":   func() (Registration, error) { return key.Open(flipped, v.Order, v.Attempt) },
		"a part":          func() (Registration, error) { return key.Open([]byte(v.Sealed[:60]), v.Order, v.Attempt) },
		"nothing":         func() (Registration, error) { return key.Open(nil, v.Order, v.Attempt) },
	} {
		if registration, err := open(); err == nil {
			t.Errorf("%s opens as %+v", name, registration)
		}
	}
}

func TestRegistrationMustBeUsable(t *testing.T) {
	for _, bad := range []Registration{{"file:///x", "t"}, {"https://", "t"}, {"https://s/client/v1/register", ""}} {
		if bad.check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

func TestInstallerLog(t *testing.T) {
	utf16 := []byte{0xff, 0xfe, 'a', 0, 0xfc, 0, '\n', 0}
	if got := InstallerText(utf16); got != "aü\n" {
		t.Errorf("%q", got)
	}
	if got := InstallerText([]byte("a\xfcb")); got != "a\ufffdb" {
		t.Errorf("%q", got)
	}
	if got := Tail("üüü", 3); got != "ü" {
		t.Errorf("%q", got)
	}
}

func TestOpensWhatIsSealedToItsOwnKey(t *testing.T) {
	key, err := NewRunKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	public, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(registrationInfo))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sender.Seal([]byte(`{"attempt":"4","order":"o7"}`), []byte(`{"url":"https://s/register","token":"t"}`))
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString(append(enc, sealed...))
	if registration, err := key.Open([]byte(text), "o7", 4); err != nil || registration.Token != "t" {
		t.Errorf("%+v %v", registration, err)
	}
}
