package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// problemCases: a file and the findings it must give, in order, each as "line:column: key: what; cure" (a part is
// enough). A file that gives others, more or fewer, fails.
var problemCases = []struct {
	name string
	text string
	want []string
}{
	// Unknown keys.
	{"misspelt key", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\"]\ndebounse = \"30ms\"",
		[]string{`5:1: button[0].debounse: unknown key; did you mean "debounce"?`}},
	{"misspelt section", "[statoin]\nname = \"x\"", []string{`1:2: statoin: unknown key; did you mean "station"?`}},
	{"plural section", "[[buttons]]\nname = \"x\"", []string{`1:3: buttons: unknown key; did you mean "button"?`}},
	{"hyphen for underscore", "[calls]\nring-timeout = \"20s\"", []string{`2:1: calls.ring-timeout: unknown key; did you mean "ring_timeout"?`}},
	{"key of another section", "[station]\nptime = \"20ms\"", []string{`station.ptime: unknown key; it belongs to [sound]`}},
	{"key of a list's section", "[station]\nmin_press = \"20ms\"", []string{`station.min_press: unknown key; it belongs to [button]`}},
	{"key like no other", "[log]\nqqqqqqqq = 1", []string{`log.qqqqqqqq: unknown key; known here are level, format, trace`}},
	{"top-level key", "zzzzzz = 1", []string{`1:1: zzzzzz: unknown key; known here are station, account,`}},
	{"key in an inline table", "[[lamp]]\nname = \"l\"\nline = 1\npatterns = { redy = \"on\" }",
		[]string{`4:14: lamp[0].patterns.redy: unknown key; did you mean "ready"?`}},
	{"dotted key", "calls.limt = \"20s\"", []string{`1:7: calls.limt: unknown key; did you mean "limit"?`}},
	{"key in a sub-list", "[[pbx.user]]\nname = \"a\"\npassword = \"long enough\"\n[[pbx.user]]\nname = \"b\"\npassword = \"long enough\"\nxyzzyx = 1",
		[]string{`7:1: pbx.user[1].xyzzyx: unknown key`}},

	// Types.
	{"number for text", "[station]\nname = 3", []string{`2:1: station.name: is the number 3; write "..."`}},
	{"text for bool", "[log]\ntrace = \"yes\"", []string{`log.trace: is a text in quotes; write true or false`}},
	{"bool for number", "[sound]\nspeaker_volume = true", []string{`sound.speaker_volume: is the word true; write a number, such as 17`}},
	{"fraction for number", "[sound]\nspeaker_volume = 0.5", []string{`sound.speaker_volume: is the number 0.5; write a number`}},
	{"date for text", "[station]\nname = 2026-01-01", []string{`station.name: is a date or time`}},
	{"duration without unit", "[calls]\nlimit = 180", []string{`calls.limit: is the number 180 without a unit; write a text with a unit, such as "3s"`}},
	{"no duration", "[calls]\nlimit = \"three minutes\"", []string{`calls.limit: "three minutes" is no duration`}},
	{"text for list", "[[button]]\nname = \"b\"\nline = 1\ntargets = \"sip:a@b\"",
		[]string{`4:1: button[0].targets: is a text in quotes, but there may be several; write a list, such as ["..."]`}},
	{"number in a list", "[calls]\nauto_answer = true\nallowed = [\"11\", 12]", []string{`3:18: calls.allowed[1]: is the number 12`}},
	{"single brackets", "[button]\nname = \"b\"", []string{`1:2: button: is a table, but there may be several; write [[button]] with double brackets`}},
	{"double brackets", "[[calls]]\nlimit = \"20s\"", []string{`1:3: calls: is a list, but it is a section; write [calls] with single brackets`}},
	{"list for text", "[station]\nname = [\"a\"]", []string{`station.name: is a list`}},
	{"table for text", "[station]\nname = { a = 1 }", []string{`station.name: is a table`}},
	{"value for section", "calls = 3", []string{`1:1: calls: is the number 3, but it is a section`}},
	{"control character", "[station]\nname = \"a\\r\\nb\"", []string{`station.name: is longer than 256 bytes or holds control characters`}},

	// Values.
	{"wrong word", "[log]\nlevel = \"inof\"", []string{`log.level: is "inof"; did you mean "info"? write one of "debug", "info", "warn", "error"`}},
	{"foreign word", "[board]\ntype = \"beaglebone\"", []string{`board.type: is "beaglebone"; write one of "rpi", "sim"`}},
	{"codec", "[sound]\ncodecs = [\"PCMA\", \"G729\"]", []string{`2:19: sound.codecs[1]: is "G729"; write one of "PCMA", "PCMU"`}},
	{"codec twice", "[sound]\ncodecs = [\"PCMA\", \"PCMA\"]", []string{`sound.codecs[1]: PCMA stands twice`}},
	{"volume", "[sound]\nspeaker_volume = 101", []string{`sound.speaker_volume: is 101; write a value from 0 to 100`}},
	{"negative volume", "[sound]\nmicrophone_volume = -1", []string{`sound.microphone_volume: is -1; write a value from 0 to 100`}},
	{"rate", "[sound]\nrate = 44100", []string{`sound.rate: is 44100; write one of 8000, 16000, 32000, 48000`}},
	{"ptime", "[sound]\nptime = \"25ms\"", []string{`sound.ptime: is 25ms; write one of 10ms, 20ms, 30ms, 40ms, 60ms`}},
	{"call limit", "[calls]\nlimit = \"2h\"", []string{`calls.limit: is 2h; write a value from 10s to 1h`}},
	{"listen without transport", "[sip]\nlisten = [\"0.0.0.0:5060\"]", []string{`2:11: sip.listen[0]: "0.0.0.0:5060" is no transport, address and port; write for example "udp:0.0.0.0:5060"`}},
	{"listen without port", "[sip]\nlisten = [\"udp:0.0.0.0\"]", []string{`sip.listen[0]: "0.0.0.0" is no address and port`}},
	{"listen twice", "[sip]\nlisten = [\"udp:0.0.0.0:5060\", \"UDP:0.0.0.0:5060\"]", []string{`sip.listen[1]: {UDP 0.0.0.0:5060} stands twice`}},
	{"listen nowhere", "[sip]\nlisten = []", []string{`sip.listen: is empty; write listen = ["udp:0.0.0.0:0"]`}},
	{"peer", "[sip]\ndirect_calls = true\nlisten = [\"udp:0.0.0.0:5060\"]\npeers = [\"fritz.box\"]", []string{`sip.peers[0]: "fritz.box" is no address or network; write for example "192.0.2.7"`}},
	{"ports", "[network]\nrtp_ports = \"16384\"", []string{`network.rtp_ports: "16384" is no range of four or more ports from 1024 on`}},
	{"ports backwards", "[network]\nrtp_ports = \"20000-10000\"", []string{`network.rtp_ports: "20000-10000" is no range`}},
	{"dns server", "[network]\ndns_servers = [\"dns.example\"]", []string{`network.dns_servers[0]: "dns.example" is no address`}},
	{"no address family", "[network]\nipv4 = false\nipv6 = false", []string{`network.ipv6: both address families are off; switch ipv4 or ipv6 on`}},
	{"too many entries", "[network]\ndns_servers = [\"192.0.2.1\", \"192.0.2.2\", \"192.0.2.3\", \"192.0.2.4\", \"192.0.2.5\"]",
		[]string{`2:1: network.dns_servers: has 5 entries; write at most 4`}},

	// Accounts.
	{"account without identity", "[[account]]\npassword = \"x\"", []string{`1:3: account[0].aor: is missing; write aor = "sip:door@example.org", or user and domain`}},
	{"address of record", "[[account]]\naor = \"door@example.org\"\npassword = \"x\"", []string{`2:1: account[0].aor: "door@example.org" is no address of record`}},
	{"two users", "[[account]]\naor = \"sip:door@example.org\"\nuser = \"gate\"\npassword = \"x\"", []string{`3:1: account[0].user: "gate" is not that of the address of record`}},
	{"two domains", "[[account]]\naor = \"sip:door@example.org\"\ndomain = \"pbx.example\"\npassword = \"x\"", []string{`3:1: account[0].domain: "pbx.example" is not that of the address of record`}},
	{"registrar", "[[account]]\naor = \"sip:door@example.org\"\npassword = \"x\"\nregistrar = \"pbx.example\"", []string{`4:1: account[0].registrar: "pbx.example" is no SIP URI; write it like "sip:example.org"`}},
	{"proxy", "[[account]]\naor = \"sip:door@example.org\"\npassword = \"x\"\nproxy = \"sip:\"", []string{`account[0].proxy: "sip:" is no SIP URI`}},
	{"two passwords", "[[account]]\naor = \"sip:door@example.org\"\npassword = \"x\"\npassword_file = \"y\"", []string{`4:1: account[0].password_file: stands beside a password; keep one of the two`}},
	{"two accounts of one name", "[[account]]\naor = \"sip:a@example.org\"\npassword = \"x\"\n[[account]]\naor = \"sip:b@example.org\"\npassword = \"x\"",
		[]string{`4:3: account[1].name: "main" is the name of account[0] too`}},
	{"expires", "[[account]]\naor = \"sip:a@example.org\"\npassword = \"x\"\nexpires = \"20s\"", []string{`account[0].expires: is 20s; write a value from 1m to 24h`}},
	{"printed secret", "[[account]]\naor = \"sip:a@example.org\"\npassword = \"(set)\"", []string{`3:1: account[0].password: is "(set)", which the print of a configuration shows in place of a secret; write the secret itself`}},

	// Buttons.
	{"button without anything", "[[button]]", []string{
		`1:3: button[0].name: is missing; write name = "..."`,
		`1:3: button[0].line: is missing; write line = a number, such as 17`,
		`1:3: button[0].targets: is empty`}},
	{"two buttons of one name", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\"]\n[[button]]\nname = \"b\"\nline = 2\ntargets = [\"sip:a@b\"]",
		[]string{`6:1: button[1].name: "b" is the name of button[0] too; give each its own`}},
	{"button's name", "[[button]]\nname = \"my bell\"\nline = 1\ntargets = [\"sip:a@b\"]", []string{`2:1: button[0].name: "my bell" is no name; write 1 to 32 letters, digits, - or _`}},
	{"account of a button", "[[account]]\naor = \"sip:a@example.org\"\npassword = \"x\"\n[[button]]\nname = \"b\"\nline = 1\ntargets = [\"11\"]\naccount = \"mian\"",
		[]string{`8:1: button[0].account: there is no account "mian"; there is "main"`}},
	{"account of a button, none there", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\"]\naccount = \"x\"", []string{`button[0].account: there is no account "x"; write a [[account]] section`}},
	{"short number without account", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"11\"]", []string{`4:12: button[0].targets[0]: "11" has no domain, and there is no account to take it from; write sip:11@ and the host`}},
	{"target", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\", \"tel:+49 30\"]", []string{`4:23: button[0].targets[1]: "tel:+49 30" is neither a SIP URI nor a number`}},
	{"target twice", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\", \"sip:a@b\"]", []string{`button[0].targets[1]: sip:a@b stands twice in the list; remove one`}},
	{"ring time", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\"]\nring_timeout = \"1s\"", []string{`5:1: button[0].ring_timeout: is 1s; write 3s or more`}},
	{"ring time beyond total", "[calls]\nring_total = \"30s\"\n[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\"]\nring_timeout = \"40s\"", []string{`7:1: button[0].ring_timeout: is longer than calls.ring_total, 30s`}},
	{"ring", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@b\"]\nring = \"serial\"", []string{`button[0].ring: is "serial"; write one of "parallel", "sequential"`}},

	// Lines.
	{"two parts on a line", "[[relay]]\nname = \"r\"\nline = 4\n[[lamp]]\nname = \"l\"\nline = 4", []string{`6:1: lamp[0].line: line 4 is taken by relay[0] too; give each part its own line`}},
	{"line", "[[relay]]\nname = \"r\"\nline = -4", []string{`relay[0].line: is -4; write a value from 0 to 511`}},
	{"input and button on a line", "[[button]]\nname = \"b\"\nline = 4\ntargets = [\"sip:a@b\"]\n[[input]]\nname = \"i\"\nline = 4\nrole = \"tamper\"", []string{`7:1: input[0].line: line 4 is taken by button[0] too`}},

	// Relays, codes, inputs.
	{"pulse", "[[relay]]\nname = \"r\"\nline = 4\npulse = \"31s\"", []string{`relay[0].pulse: is 31s; write a value from 100ms to 30s`}},
	{"ceiling", "[[relay]]\nname = \"r\"\nline = 4\nceiling = \"10m\"", []string{`relay[0].ceiling: is 10m; write a value from 100ms to 30s`}},
	{"pulse beyond ceiling", "[[relay]]\nname = \"r\"\nline = 4\npulse = \"10s\"\nceiling = \"5s\"", []string{`4:1: relay[0].pulse: is longer than the ceiling of 5s`}},
	{"code without relay", "[[code]]\ndigits = \"270483\"", []string{`1:3: code[0].relay: there is no relay; write a [[relay]] section`}},
	{"code of an unknown relay", "[[relay]]\nname = \"strike\"\nline = 4\n[[code]]\ndigits = \"270483\"\nrelay = \"strick\"", []string{`6:1: code[0].relay: there is no relay "strick"; there is "strike"`}},
	{"code without digits", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\nrelay = \"r\"", []string{`4:3: code[0].digits: is missing`}},
	{"letters in a code", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"open\"", []string{`5:1: code[0].digits: is no door code; write 1 to 16 of the keys 0 to 9, * and #`}},
	{"empty code", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"\"", []string{`code[0].digits: is no door code`}},
	{"long code", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"27048327048327048\"", []string{`code[0].digits: is no door code`}},
	{"number as a code", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = 270483", []string{`code[0].digits: is no text in quotes`}},
	{"same code", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"270483\"\n[[code]]\ndigits = \"270483\"", []string{`7:1: code[1].digits: is that of code[0] too`}},
	{"code begins another", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"2704\"\n[[code]]\ndigits = \"270483\"", []string{`7:1: code[1].digits: and code[0] begin alike`}},
	{"another begins the code", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"270483\"\n[[code]]\ndigits = \"2704\"", []string{`7:1: code[1].digits: and code[0] begin alike`}},
	{"code for nobody", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"270483\"\nplaced_calls = false", []string{`code[0].allowed: is empty and placed_calls is off, so that the code never counts`}},
	{"caller", "[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"270483\"\nallowed = [\"Mum & Dad\"]", []string{`6:12: code[0].allowed[0]: "Mum & Dad" is no caller`}},
	{"code's pulse", "[[relay]]\nname = \"r\"\nline = 4\nceiling = \"5s\"\n[[code]]\ndigits = \"270483\"\npulse = \"6s\"", []string{`7:1: code[0].pulse: is longer than its relay's ceiling of 5s`}},
	{"exit button without relay", "[[input]]\nname = \"i\"\nline = 4\nrole = \"exit\"", []string{`input[0].relay: there is no relay`}},
	{"input without role", "[[input]]\nname = \"i\"\nline = 4", []string{`1:3: input[0].role: is missing; write role = "door"`}},
	{"relay of a tamper contact", "[[relay]]\nname = \"r\"\nline = 5\n[[input]]\nname = \"i\"\nline = 4\nrole = \"tamper\"\nrelay = \"r\"", []string{`8:1: input[0].relay: belongs to an exit button only`}},
	{"held open of a tamper contact", "[[input]]\nname = \"i\"\nline = 4\nrole = \"tamper\"\nheld_open = \"5s\"", []string{`5:1: input[0].held_open: belongs to a door contact only`}},

	// Calls, digits, PBX.
	{"warning", "[calls]\nlimit = \"30s\"\nwarning = \"30s\"", []string{`3:1: calls.warning: is not shorter than the limit of 30s`}},
	{"ring timeout", "[calls]\nring_timeout = \"40s\"\nring_total = \"30s\"", []string{`2:1: calls.ring_timeout: is longer than ring_total, 30s`}},
	{"ring total", "[calls]\nring_total = \"2m\"", []string{`calls.ring_total: is 2m; write a value from 3s to 60s`}},
	{"auto-answer for nobody", "[calls]\nauto_answer = true", []string{`2:1: calls.auto_answer: is on, but no caller is allowed`}},
	{"direct calls of nobody", "[sip]\nlisten = [\"udp:0.0.0.0:5060\"]\ndirect_calls = true", []string{`3:1: sip.direct_calls: is on, but nobody may call`}},
	{"no methods", "[dtmf]\nmethods = []\n[[relay]]\nname = \"r\"\nline = 4\n[[code]]\ndigits = \"270483\"", []string{`2:1: dtmf.methods: is empty, so that no code can arrive`}},
	{"lockout", "[dtmf]\nlockout = \"10m\"\nlockout_max = \"5m\"", []string{`3:1: dtmf.lockout_max: is shorter than lockout, 10m`}},
	{"no wrong code forgiven", "[dtmf]\nwrong_codes = 0", []string{`dtmf.wrong_codes: is 0; write a value from 1 to 20`}},
	{"pbx without anything", "[pbx]\nenabled = true", []string{
		`1:2: pbx.domain: "" is no host name; write domain = "home.example"`,
		`2:1: pbx.enabled: is on, but there are no users; write [[pbx.user]] sections`}},
	{"pbx user without password", "[[pbx.user]]\nname = \"11\"", []string{`1:7: pbx.user[0].password: is missing`}},
	{"pbx user with an empty password", "[[pbx.user]]\nname = \"11\"\npassword = \"\"", []string{`pbx.user[0].password: is empty`}},
	{"pbx nowhere", "[pbx]\nenabled = true\ndomain = \"h\"\nlisten = []\n[[pbx.user]]\nname = \"11\"\npassword = \"12345678\"", []string{`4:1: pbx.listen: is empty`}},
	{"pbx on the station's port", "[sip]\nlisten = [\"udp:192.0.2.1:5060\"]\n[pbx]\nenabled = true\ndomain = \"h\"\nlisten = [\"udp:0.0.0.0:5060\"]\n[[pbx.user]]\nname = \"11\"\npassword = \"12345678\"",
		[]string{`6:11: pbx.listen[0]: is taken by the station itself in sip.listen`}},

	// Syntax.
	{"syntax", "[station]\nname = front", []string{`2:8: `}},
	{"unfinished", "[station", []string{`1:`}},
	{"key twice", "[station]\nname = \"a\"\nname = \"b\"", []string{`3:1: `}},
	{"section twice", "[station]\nname = \"a\"\n[station]\nname = \"b\"", []string{`3:`}},

	// Several at once, in the order of the lines.
	{"all at once", "[station]\nnam = \"x\"\n[calls]\nlimit = 3\nwarning = \"2m\"\n[[relay]]\nname = \"r\"\nline = \"four\"\n[log]\nlevel = \"loud\"", []string{
		`2:1: station.nam: unknown key; did you mean "name"?`,
		`4:1: calls.limit: is the number 3 without a unit`,
		`5:1: calls.warning: is 2m; write a value from 0s to 60s`,
		`8:1: relay[0].line: is a text in quotes; write a number`,
		`10:1: log.level: is "loud"; write one of`}},
}

func TestProblems(t *testing.T) {
	for _, tt := range problemCases {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("door.toml", []byte(tt.text))
			if err == nil {
				t.Fatalf("no problem found, want %q", tt.want)
			}
			if c != nil {
				t.Error("a configuration beside an error")
			}
			wantProblems(t, err, tt.want)
		})
	}
}

func wantProblems(t *testing.T, err error, want []string) {
	t.Helper()
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error of type %T: %v", err, err)
	}
	if len(problems) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(problems), len(want), err)
	}
	for i, p := range problems {
		if !strings.Contains(p.Error(), "door.toml:"+want[i]) && !strings.Contains(p.Error(), want[i]) {
			t.Errorf("problem %d is\n\t%s\nwant\n\t%s", i, p.Error(), want[i])
		}
		if p.File != "door.toml" || p.Line == 0 || p.What == "" || p.Cure == "" {
			t.Errorf("problem %d lacks a part: %+v", i, p)
		}
	}
}

func TestWarnings(t *testing.T) {
	with := func(digits string) string { return strings.Replace(good, "270483", digits, 1) }
	for _, tt := range []struct {
		name string
		text string
		want []string
	}{
		{"nothing to say", good, nil},
		{"short code", with("27"), []string{`16:1: code[0].digits: is weak: shorter than 4 digits; choose six digits or more`}},
		{"one key", with("777777"), []string{`code[0].digits: is weak: one key only`}},
		{"upwards", with("123456"), []string{`is weak: digits in a row`}},
		{"downwards", with("9876"), []string{`is weak: digits in a row`}},
		{"no pattern", with("9877"), nil},
		{"everybody", good + "allowed = [\"*\"]", []string{`17:12: code[0].allowed[0]: lets everybody in`}},
		{"no password", "[[account]]\naor = \"sip:a@example.org\"", []string{`1:3: account[0].password: is missing; a registrar that asks for a password will refuse`}},
		{"no password needed", "[[account]]\naor = \"sip:a@example.org\"\nregister = false", nil},
		{"allowed without auto-answer", "[calls]\nallowed = [\"11\"]", []string{`2:1: calls.allowed: has no effect; write auto_answer = true`}},
		{"prolong", with("27048#") + "[calls]\nprolong = true", []string{`calls.prolong: has no effect, for a code contains #`}},
		{"peers without direct calls", "[sip]\npeers = [\"192.0.2.0/24\"]", []string{`sip.peers: has no effect; write direct_calls = true`}},
		{"direct calls at any port", "[sip]\ndirect_calls = true\npeers = [\"192.0.2.7\"]", []string{`sip.listen: takes any free port, which callers cannot know`}},
		{"sound card's line", "[[relay]]\nname = \"r\"\nline = 18", []string{`3:1: relay[0].line: line 18 belongs to the I2S sound card`}},
		{"sound card's line, simulated", "[board]\ntype = \"sim\"\n[[relay]]\nname = \"r\"\nline = 18", nil},
		{"control without simulation", "[board]\ncontrol = \"x.sock\"", []string{`board.control: has no effect on a real board`}},
		{"list too long to ring", "[[button]]\nname = \"b\"\nline = 1\ntargets = [\"sip:a@h\", \"sip:b@h\", \"sip:c@h\", \"sip:d@h\"]\nring = \"sequential\"",
			[]string{`4:1: button[0].targets: the last ones are never rung`}},
		{"weak phone password", "[[pbx.user]]\nname = \"11\"\npassword = \"1234\"", []string{`pbx.user[0].password: is shorter than 8 characters`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustParse(t, tt.text)
			if len(c.Warnings) == 0 && len(tt.want) == 0 {
				return
			}
			wantProblems(t, c.Warnings, tt.want)
		})
	}
}

// TestFindingsKeepSecrets checks every finding of the tables for the secrets that stand in their files.
func TestFindingsKeepSecrets(t *testing.T) {
	text := strings.NewReplacer("swordfish-77", "swordfish\\u0007", "270483", "2704x83").Replace(good)
	_, err := Parse("door.toml", []byte(text))
	if err == nil {
		t.Fatal("no problem found")
	}
	for _, secret := range []string{"swordfish", "2704"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q stands in the findings:\n%v", secret, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 2 {
		t.Errorf("%d findings:\n%v", got, err)
	}
}

func TestListOfProblemsIsBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("[station]\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "unknown%d = 1\n", i)
	}
	_, err := Parse("door.toml", []byte(text.String()))
	if err == nil {
		t.Fatal("no problem found")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxProblems+1 || lines[maxProblems] != "door.toml: and 900 more problems" {
		t.Errorf("%d lines, the last one %q", len(lines), lines[len(lines)-1])
	}
}

func TestProblemInsideProblems(t *testing.T) {
	_, err := Parse("door.toml", []byte("[station]\nnam = 1"))
	var p Problem
	if !errors.As(fmt.Errorf("check: %w", err), &p) || p.Key != "station.nam" {
		t.Errorf("found %+v in %v", p, err)
	}
	whole := Problem{File: "x.toml", What: "is empty"}
	if got := whole.Error(); got != "x.toml: is empty" {
		t.Errorf("without a place: %q", got)
	}
}
