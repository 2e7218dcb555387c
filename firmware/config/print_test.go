package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func printed(t *testing.T, c Config) string {
	t.Helper()
	var b bytes.Buffer
	if err := Print(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// secretsOf lists the secrets of c in the order of their print.
func secretsOf(c Config) []string {
	var list []string
	for _, a := range c.Accounts {
		list = append(list, a.Password.Reveal())
	}
	for _, code := range c.Codes {
		list = append(list, code.Digits.Reveal())
	}
	for _, u := range c.PBX.Users {
		list = append(list, u.Password.Reveal())
	}
	return list
}

// restore puts the secrets back into a print.
func restore(text string, c Config) string {
	for _, s := range secretsOf(c) {
		if s != "" {
			text = strings.Replace(text, `"(set)"`, quote(s), 1)
		}
	}
	return text
}

// full uses every section.
const full = good + `allowed = ["sip:*@example.org"]
pulse = "1500ms"

[[account]]
name = "second"
user = "gate"
domain = "pbx.example"
password = "quotes \" and \\ strokes"
transport = "tcp"
proxy = "sip:192.0.2.1:5060;transport=tcp"
expires = "1h"

[[button]]
name = "gate"
chip = "pinctrl-bcm2711"
line = 23
account = "second"
targets = ["#31#11", "sip:x@[2001:db8::1]:5062"]
ring = "sequential"
ring_timeout = "10s"

[[lamp]]
name = "status"
line = 24
[lamp.patterns]
call = "flash"

[[lamp]]
name = "power"
line = 25
role = "power"

[[input]]
name = "exit"
line = 5
role = "exit"

[[input]]
name = "contact"
line = 6
role = "door"
held_open = "90s"

[sip]
listen = ["udp:192.0.2.9:5060", "tcp:[::]:5060", "tls:[::]:5061"]
direct_calls = true
peers = ["192.0.2.7", "2001:db8::/32", "10.1.2.3/8"]

[tls]
ca_file = "ca.pem"
certificate = "door.pem"
key = "door.key"

[network]
rtp_ports = "10000-10099"
dns_servers = ["192.0.2.53", "[2001:db8::53]:5353"]
ipv6 = false

[station]
name = "tür"
display_name = "Haus \"Ü\""

[sound]
codecs = ["PCMU"]
ptime = "30ms"

[calls]
auto_answer = true
auto_answer_delay = "2500ms"
allowed = ["11"]
reject = "busy"
limit = "90s"

[pbx]
enabled = true
domain = "home.example"
listen = ["udp:192.0.2.9:5062"]
[[pbx.user]]
name = "11"
password = "a long password"
[[pbx.user]]
name = "12"
password = "another password"

[log]
level = "debug"
`

func TestPrintParsesToTheSame(t *testing.T) {
	example, err := os.ReadFile(filepath.Join("testdata", "example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"empty": "", "good": good, "full": full, "example": string(example)} {
		t.Run(name, func(t *testing.T) {
			before := mustParse(t, text)
			first := printed(t, *before)
			after := mustParse(t, restore(first, *before))
			before.Warnings, after.Warnings = nil, nil
			if second := printed(t, *after); second != first {
				t.Errorf("printed again:\n%s\nfirst:\n%s", second, first)
			}
			if got, want := secretsOf(*after), secretsOf(*before); !reflect.DeepEqual(got, want) {
				t.Errorf("secrets %q, want %q", got, want)
			}
		})
	}
}

func TestPrintHasNoSecrets(t *testing.T) {
	c := mustParse(t, full)
	text := printed(t, *c)
	for _, s := range secretsOf(*c) {
		if s != "" && strings.Contains(text, quote(s)) {
			t.Errorf("the secret %q is printed", s)
		}
	}
	if got := strings.Count(text, `"(set)"`); got != 5 {
		t.Errorf("%d secrets shown as set, want 5:\n%s", got, text)
	}
	_, err := Parse("door.toml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 5 {
		t.Errorf("a print goes into service with known passwords: %v", err)
	}
}

func TestPrintShowsDefaults(t *testing.T) {
	text := printed(t, *mustParse(t, full))
	for _, want := range []string{
		"\n[calls]\nring_timeout = \"20s\"\nring_total = \"1m\"\nlimit = \"1m30s\"\n",
		"\n[[relay]]\nname = \"strike\"\nchip = \"\"\nline = 27\nactive_low = false\npulse = \"3s\"\nceiling = \"30s\"\n",
		"\n[[lamp]]\nname = \"status\"\nchip = \"\"\nline = 24\nactive_low = false\nrole = \"status\"\n\n[lamp.patterns]\ndoor = \"fast\"\ncall = \"flash\"\n",
		"peers = [\"192.0.2.7\", \"2001:db8::/32\", \"10.0.0.0/8\"]\n",
		"listen = [\"udp:192.0.2.9:5060\", \"tcp:[::]:5060\", \"tls:[::]:5061\"]\n",
		"\n[tls]\nca_file = \"ca.pem\"\ncertificate = \"door.pem\"\nkey = \"door.key\"\n",
		"registrar = \"sip:pbx.example\"\n",
		"aor = \"sip:gate@pbx.example\"\n",
		"display_name = \"Haus \\\"Ü\\\"\"\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the print lacks\n%s\nit is\n%s", want, text)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestPrintReportsTheWriter(t *testing.T) {
	if err := Print(failing{}, Default()); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}
