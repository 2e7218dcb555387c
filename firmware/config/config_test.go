package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// good is a small file without a fault, which tests change at one place.
const good = `
[[account]]
aor = "sip:door@example.org"
password = "swordfish-77"

[[button]]
name = "bell"
line = 17
targets = ["11"]

[[relay]]
name = "strike"
line = 27

[[code]]
digits = "270483"
`

func mustParse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("door.toml", []byte(text))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return c
}

func TestExampleLoads(t *testing.T) {
	c, err := Load(filepath.Join("testdata", "example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("the example warns: %v", c.Warnings)
	}
	if got := c.Accounts[0].User + "@" + c.Accounts[0].Domain; got != "door@example.org" {
		t.Errorf("account is %s", got)
	}
	if got := c.Buttons[0].Targets; !reflect.DeepEqual(got, []string{"11", "sip:flat@example.net"}) {
		t.Errorf("targets are %v", got)
	}
	if got := c.Relays[0].Ceiling; got != 30*time.Second {
		t.Errorf("ceiling is %v", got)
	}
}

func TestDefaultsAreThoseOfTheManual(t *testing.T) {
	c := mustParse(t, good)
	b, r, k, d := c.Buttons[0], c.Relays[0], c.Calls, c.DTMF
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"ring timeout", k.RingTimeout, 20 * time.Second},
		{"ring timeout of the button", b.RingTimeout, 20 * time.Second},
		{"ring total", k.RingTotal, 60 * time.Second},
		{"call limit", k.Limit, 180 * time.Second},
		{"warning", k.Warning, 10 * time.Second},
		{"prolong", k.Prolong, true},
		{"rtp timeout", k.RTPTimeout, 20 * time.Second},
		{"auto-answer", k.AutoAnswer, false},
		{"reject", k.Reject.Status(), 603},
		{"pulse", r.Pulse, 3 * time.Second},
		{"pulse of the code", c.Codes[0].Pulse, 3 * time.Second},
		{"relay of the code", c.Codes[0].Relay, "strike"},
		{"ceiling", r.Ceiling, 30 * time.Second},
		{"methods", d.Methods, []Method{DTMFRTP, DTMFInfo}},
		{"interdigit", d.Interdigit, 3 * time.Second},
		{"wrong codes", d.WrongCodes, 5},
		{"lockout", d.Lockout, 60 * time.Second},
		{"debounce", b.Debounce, 30 * time.Millisecond},
		{"min press", b.MinPress, 80 * time.Millisecond},
		{"expires", c.Accounts[0].Expires, 600 * time.Second},
		{"auth user", c.Accounts[0].AuthUser, "door"},
		{"registrar", c.Accounts[0].Registrar, "sip:example.org"},
		{"display name", c.Accounts[0].DisplayName, "door"},
		{"account of the button", b.Account, "main"},
		{"press while ringing", b.WhenRinging, PressCancel},
		{"press in call", b.WhenInCall, PressHangup},
		{"codecs", c.Sound.Codecs, []Codec{G722, PCMA, PCMU}},
		{"ptime", c.Sound.Ptime, 20 * time.Millisecond},
		{"pbx", c.PBX.Enabled, false},
		{"direct calls", c.SIP.DirectCalls, false},
		{"rtp ports", c.Network.RTPPorts, PortRange{16384, 16583}},
		{"log level", c.Log.Level, Level("info")},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	for _, l := range c.SIP.Listen {
		if l.Address.Port() != 0 {
			t.Errorf("listens at %v, where scanners knock", l)
		}
	}
}

func TestEmptyFileIsTheDefault(t *testing.T) {
	c := mustParse(t, "")
	want := Default()
	want.Station.DisplayName = "door" // follows the name
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got  %+v\nwant %+v", *c, want)
	}
}

func TestLampsHaveTheirRolesPatterns(t *testing.T) {
	c := mustParse(t, `
[[lamp]]
name = "all"
line = 1
[[lamp]]
name = "bell"
line = 2
role = "ringing"
patterns = { call = "on", ringing = "fast" }
`)
	if got, want := c.Lamps[0].Patterns, (Patterns{Fast, On, Blink, Flash, Glow}); got != want {
		t.Errorf("status lamp: %+v, want %+v", got, want)
	}
	if got, want := c.Lamps[1].Patterns, (Patterns{None, On, Fast, None, None}); got != want {
		t.Errorf("bell lamp: %+v, want %+v", got, want)
	}
}

func TestTargetURI(t *testing.T) {
	c := mustParse(t, good)
	for _, tt := range []struct{ target, want string }{
		{"11", "sip:11@example.org"},
		{"**621", "sip:**621@example.org"},
		{"#31#11", "sip:%2331%2311@example.org"},
		{"sip:flat@192.0.2.7:5062;transport=tcp", "sip:flat@192.0.2.7:5062;transport=tcp"},
		{"sips:flat@example.net", "sips:flat@example.net"},
	} {
		if got := c.TargetURI(c.Buttons[0], tt.target); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.target, got, tt.want)
		}
	}
}

func TestProlongOnlyWithoutNumberSignInCodes(t *testing.T) {
	if c := mustParse(t, good); !c.CanProlong() {
		t.Error("# does not prolong, though no code needs it")
	}
	if c := mustParse(t, good+"[calls]\nprolong = false\n"); c.CanProlong() {
		t.Error("# prolongs, though it is switched off")
	}
	for _, digits := range []string{"#1947", "19#47", "1947#"} {
		c := mustParse(t, strings.Replace(good, "270483", digits, 1))
		if c.CanProlong() {
			t.Errorf("# prolongs, though the code %s contains it", digits)
		}
	}
}

func TestPasswordFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := strings.Replace(good, `password = "swordfish-77"`, `password_file = "secret"`, 1)
	write("door.toml", text)

	if _, err := Load(filepath.Join(folder, "door.toml")); err == nil || !strings.Contains(err.Error(), "account[0].password_file: cannot be read: no such file") {
		t.Errorf("without the file: %v", err)
	}
	for name, bad := range map[string]string{"empty": "\n", "two lines": "a\nb\n", "long": strings.Repeat("x", 257)} {
		write("secret", bad)
		if _, err := Load(filepath.Join(folder, "door.toml")); err == nil || !strings.Contains(err.Error(), "door.toml:4:1: account[0].password_file: does not hold one line") {
			t.Errorf("%s: %v", name, err)
		}
	}
	write("secret", "from a file\n")
	c, err := Load(filepath.Join(folder, "door.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Accounts[0].Password.Reveal(); got != "from a file" {
		t.Errorf("password %q", got)
	}
	if c, err = Parse("door.toml", []byte(text)); err != nil || c.Accounts[0].Password.IsSet() {
		t.Errorf("Parse touched the file: %v, %v", c, err)
	}
	absolute := strings.Replace(text, `"secret"`, `"`+filepath.Join(folder, "secret")+`"`, 1)
	write("other.toml", absolute)
	if _, err = Load(filepath.Join(folder, "other.toml")); err != nil {
		t.Errorf("absolute path: %v", err)
	}
}

func TestLoadNamesTheMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"))
	if err == nil || !os.IsNotExist(unwrapAll(err)) || !strings.Contains(err.Error(), "give the path") {
		t.Errorf("got %v", err)
	}
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok || u.Unwrap() == nil {
			return err
		}
		if _, isPath := err.(*os.PathError); isPath {
			return err
		}
		err = u.Unwrap()
	}
}

func TestTooLargeFile(t *testing.T) {
	_, err := Parse("door.toml", bytes.Repeat([]byte("#"), maxSize+1))
	if err == nil || !strings.Contains(err.Error(), "more than 1048576") {
		t.Errorf("got %v", err)
	}
}
