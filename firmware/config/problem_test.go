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
	{
		name: "misspelt key",
		text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@b"]
debounse = "30ms"`,
		want: []string{`5:1: button[0].debounse: unknown key; did you mean "debounce"?`},
	},
	{
		name: "misspelt section",
		text: `
[statoin]
name = "x"`,
		want: []string{`1:2: statoin: unknown key; did you mean "station"?`},
	},
	{
		name: "plural section",
		text: `
[[buttons]]
name = "x"`,
		want: []string{`1:3: buttons: unknown key; did you mean "button"?`},
	},
	{
		name: "hyphen for underscore",
		text: `
[calls]
ring-timeout = "20s"`,
		want: []string{`2:1: calls.ring-timeout: unknown key; did you mean "ring_timeout"?`},
	},
	{
		name: "key of another section",
		text: `
[station]
ptime = "20ms"`,
		want: []string{`station.ptime: unknown key; it belongs to [sound]`},
	},
	{
		name: "key of a list's section",
		text: `
[station]
min_press = "20ms"`,
		want: []string{`station.min_press: unknown key; it belongs to [button]`},
	},
	{
		name: "key like no other",
		text: `
[log]
qqqqqqqq = 1`,
		want: []string{`log.qqqqqqqq: unknown key; known here are level, format, trace`},
	},
	{
		name: "top-level key",
		text: `
zzzzzz = 1`,
		want: []string{`1:1: zzzzzz: unknown key; known here are station, account,`},
	},
	{
		name: "key in an inline table",
		text: `
[[lamp]]
name = "l"
line = 1
patterns = { redy = "on" }`,
		want: []string{`4:14: lamp[0].patterns.redy: unknown key; did you mean "ready"?`},
	},
	{
		name: "dotted key",
		text: `
calls.limt = "20s"`,
		want: []string{`1:7: calls.limt: unknown key; did you mean "limit"?`},
	},
	{
		name: "key in a sub-list",
		text: `
[[pbx.user]]
name = "a"
password = "long enough"
[[pbx.user]]
name = "b"
password = "long enough"
xyzzyx = 1`,
		want: []string{`7:1: pbx.user[1].xyzzyx: unknown key`},
	},

	// Types.
	{
		name: "number for text",
		text: `
[station]
name = 3`,
		want: []string{`2:1: station.name: is the number 3; write "..."`},
	},
	{
		name: "text for bool",
		text: `
[log]
trace = "yes"`,
		want: []string{`log.trace: is a text in quotes; write true or false`},
	},
	{
		name: "bool for number",
		text: `
[sound]
speaker_volume = true`,
		want: []string{`sound.speaker_volume: is the word true; write a number, such as 17`},
	},
	{
		name: "fraction for number",
		text: `
[sound]
speaker_volume = 0.5`,
		want: []string{`sound.speaker_volume: is the number 0.5; write a number`},
	},
	{
		name: "date for text",
		text: `
[station]
name = 2026-01-01`,
		want: []string{`station.name: is a date or time`},
	},
	{
		name: "duration without unit",
		text: `
[calls]
limit = 180`,
		want: []string{`calls.limit: is the number 180 without a unit; write a text with a unit, such as "3s"`},
	},
	{
		name: "no duration",
		text: `
[calls]
limit = "three minutes"`,
		want: []string{`calls.limit: "three minutes" is no duration`},
	},
	{
		name: "text for list",
		text: `
[[button]]
name = "b"
line = 1
targets = "sip:a@b"`,
		want: []string{`4:1: button[0].targets: is a text in quotes, but there may be several; write a list, such as ["..."]`},
	},
	{
		name: "number in a list",
		text: `
[calls]
auto_answer = true
allowed = ["11", 12]`,
		want: []string{`3:18: calls.allowed[1]: is the number 12`},
	},
	{
		name: "single brackets",
		text: `
[button]
name = "b"`,
		want: []string{`1:2: button: is a table, but there may be several; write [[button]] with double brackets`},
	},
	{
		name: "double brackets",
		text: `
[[calls]]
limit = "20s"`,
		want: []string{`1:3: calls: is a list, but it is a section; write [calls] with single brackets`},
	},
	{
		name: "list for text",
		text: `
[station]
name = ["a"]`,
		want: []string{`station.name: is a list`},
	},
	{
		name: "table for text",
		text: `
[station]
name = { a = 1 }`,
		want: []string{`station.name: is a table`},
	},
	{
		name: "value for section",
		text: `
calls = 3`,
		want: []string{`1:1: calls: is the number 3, but it is a section`},
	},
	{
		name: "control character",
		text: `
[station]
name = "a\r\nb"`,
		want: []string{`station.name: is longer than 256 bytes or holds control characters`},
	},

	// Values.
	{
		name: "wrong word",
		text: `
[log]
level = "inof"`,
		want: []string{`log.level: is "inof"; did you mean "info"? write one of "debug", "info", "warn", "error"`},
	},
	{
		name: "foreign word",
		text: `
[board]
type = "beaglebone"`,
		want: []string{`board.type: is "beaglebone"; write one of "rpi", "sim"`},
	},
	{
		name: "sound files beside a real board",
		text: `
[board]
microphone = "in.wav"
loudspeaker = "out.wav"`,
		want: []string{
			`2:1: board.microphone: is a file, but the board is a real one; remove it, or write type = "sim"`,
			`3:1: board.loudspeaker: is a file, but the board is a real one; remove it, or write type = "sim"`,
		},
	},
	{
		name: "one file for both directions",
		text: `
[board]
type = "sim"
microphone = "a.wav"
loudspeaker = "a.wav"`,
		want: []string{`4:1: board.loudspeaker: is the microphone's file too, which it would overwrite; name another file`},
	},
	{
		name: "certificate without a key, and the reverse",
		text: `
[tls]
certificate = "door.pem"`,
		want: []string{`1:2: tls.key: is missing; write the file of the certificate's private key`},
	},
	{
		name: "key without a certificate",
		text: `
[tls]
key = "door.key"`,
		want: []string{`1:2: tls.certificate: is missing; write the file of the key's certificate`},
	},
	{
		name: "TLS without a certificate to show",
		text: `
[sip]
listen = ["udp:0.0.0.0:0", "tls:0.0.0.0:5061"]
[pbx]
listen = ["tls:0.0.0.0:5061"]`,
		want: []string{
			`2:28: sip.listen[1]: has no certificate to show; write certificate and key in [tls]`,
			`4:11: pbx.listen[0]: is TLS, which the embedded registrar has not; write udp or tcp`,
		},
	},
	{
		name: "name servers by name or with a bad port",
		text: `
[network]
dns_servers = ["fritz.box", "192.0.2.53:domain", "192.0.2.53:99999"]`,
		want: []string{
			`network.dns_servers[0]: "fritz.box" is no address; write it like "192.0.2.53"`,
			`network.dns_servers[1]: "192.0.2.53:domain" is no address`,
			`network.dns_servers[2]: "192.0.2.53:99999" is no address`,
		},
	},
	{
		name: "codec",
		text: `
[sound]
codecs = ["PCMA", "G729"]`,
		want: []string{`2:19: sound.codecs[1]: is "G729"; did you mean "G722"? write one of "opus", "G722", "PCMA", "PCMU"`},
	},
	{
		name: "codec twice",
		text: `
[sound]
codecs = ["PCMA", "PCMA"]`,
		want: []string{`sound.codecs[1]: PCMA stands twice`},
	},
	{
		name: "volume",
		text: `
[sound]
speaker_volume = 101`,
		want: []string{`sound.speaker_volume: is 101; write a value from 0 to 100`},
	},
	{
		name: "negative volume",
		text: `
[sound]
microphone_volume = -1`,
		want: []string{`sound.microphone_volume: is -1; write a value from 0 to 100`},
	},
	{
		name: "rate",
		text: `
[sound]
rate = 44100`,
		want: []string{`sound.rate: is 44100; write one of 8000, 16000, 32000, 48000`},
	},
	{
		name: "ptime",
		text: `
[sound]
ptime = "25ms"`,
		want: []string{`sound.ptime: is 25ms; write one of 10ms, 20ms, 30ms, 40ms, 60ms`},
	},
	{
		name: "call limit",
		text: `
[calls]
limit = "2h"`,
		want: []string{`calls.limit: is 2h; write a value from 10s to 1h`},
	},
	{
		name: "listen without transport",
		text: `
[sip]
listen = ["0.0.0.0:5060"]`,
		want: []string{`2:11: sip.listen[0]: "0.0.0.0:5060" is no transport, address and port; write for example "udp:0.0.0.0:5060"`},
	},
	{
		name: "listen without port",
		text: `
[sip]
listen = ["udp:0.0.0.0"]`,
		want: []string{`sip.listen[0]: "0.0.0.0" is no address and port`},
	},
	{
		name: "listen twice",
		text: `
[sip]
listen = ["udp:0.0.0.0:5060", "UDP:0.0.0.0:5060"]`,
		want: []string{`sip.listen[1]: {UDP 0.0.0.0:5060} stands twice`},
	},
	{
		name: "listen nowhere",
		text: `
[sip]
listen = []`,
		want: []string{`sip.listen: is empty; write listen = ["udp:0.0.0.0:0"]`},
	},
	{
		name: "peer",
		text: `
[sip]
direct_calls = true
listen = ["udp:0.0.0.0:5060"]
peers = ["fritz.box"]`,
		want: []string{`sip.peers[0]: "fritz.box" is no address or network; write for example "192.0.2.7"`},
	},
	{
		name: "ports",
		text: `
[network]
rtp_ports = "16384"`,
		want: []string{`network.rtp_ports: "16384" is no range of four or more ports from 1024 on`},
	},
	{
		name: "ports backwards",
		text: `
[network]
rtp_ports = "20000-10000"`,
		want: []string{`network.rtp_ports: "20000-10000" is no range`},
	},
	{
		name: "dns server",
		text: `
[network]
dns_servers = ["dns.example"]`,
		want: []string{`network.dns_servers[0]: "dns.example" is no address`},
	},
	{
		name: "no address family",
		text: `
[network]
ipv4 = false
ipv6 = false`,
		want: []string{`network.ipv6: both address families are off; switch ipv4 or ipv6 on`},
	},
	{
		name: "too many entries",
		text: `
[network]
dns_servers = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"]`,
		want: []string{`2:1: network.dns_servers: has 5 entries; write at most 4`},
	},

	// Accounts.
	{
		name: "account without identity",
		text: `
[[account]]
password = "x"`,
		want: []string{`1:3: account[0].aor: is missing; write aor = "sip:door@example.org", or user and domain`},
	},
	{
		name: "address of record",
		text: `
[[account]]
aor = "door@example.org"
password = "x"`,
		want: []string{`2:1: account[0].aor: "door@example.org" is no address of record`},
	},
	{
		name: "two users",
		text: `
[[account]]
aor = "sip:door@example.org"
user = "gate"
password = "x"`,
		want: []string{`3:1: account[0].user: "gate" is not that of the address of record`},
	},
	{
		name: "two domains",
		text: `
[[account]]
aor = "sip:door@example.org"
domain = "pbx.example"
password = "x"`,
		want: []string{`3:1: account[0].domain: "pbx.example" is not that of the address of record`},
	},
	{
		name: "registrar",
		text: `
[[account]]
aor = "sip:door@example.org"
password = "x"
registrar = "pbx.example"`,
		want: []string{`4:1: account[0].registrar: "pbx.example" is no SIP URI; write it like "sip:example.org"`},
	},
	{
		name: "proxy",
		text: `
[[account]]
aor = "sip:door@example.org"
password = "x"
proxy = "sip:"`,
		want: []string{`account[0].proxy: "sip:" is no SIP URI`},
	},
	{
		name: "two passwords",
		text: `
[[account]]
aor = "sip:door@example.org"
password = "x"
password_file = "y"`,
		want: []string{`4:1: account[0].password_file: stands beside a password; keep one of the two`},
	},
	{
		name: "two accounts of one name",
		text: `
[[account]]
aor = "sip:a@example.org"
password = "x"
[[account]]
aor = "sip:b@example.org"
password = "x"`,
		want: []string{`4:3: account[1].name: "main" is the name of account[0] too`},
	},
	{
		name: "expires",
		text: `
[[account]]
aor = "sip:a@example.org"
password = "x"
expires = "20s"`,
		want: []string{`account[0].expires: is 20s; write a value from 1m to 24h`},
	},
	{
		name: "printed secret",
		text: `
[[account]]
aor = "sip:a@example.org"
password = "(set)"`,
		want: []string{`3:1: account[0].password: is "(set)", which the print of a configuration shows in place of a secret; write the secret itself`},
	},

	// Buttons.
	{
		name: "button without anything",
		text: `
[[button]]`,
		want: []string{
			`1:3: button[0].name: is missing; write name = "..."`,
			`1:3: button[0].line: is missing; write line = a number, such as 17`,
			`1:3: button[0].targets: is empty`,
		},
	},
	{
		name: "two buttons of one name",
		text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@b"]
[[button]]
name = "b"
line = 2
targets = ["sip:a@b"]`,
		want: []string{`6:1: button[1].name: "b" is the name of button[0] too; give each its own`},
	},
	{
		name: "button's name",
		text: `
[[button]]
name = "my bell"
line = 1
targets = ["sip:a@b"]`,
		want: []string{`2:1: button[0].name: "my bell" is no name; write 1 to 32 letters, digits, - or _`},
	},
	{
		name: "account of a button",
		text: `
[[account]]
aor = "sip:a@example.org"
password = "x"
[[button]]
name = "b"
line = 1
targets = ["11"]
account = "mian"`,
		want: []string{`8:1: button[0].account: there is no account "mian"; there is "main"`},
	},
	{
		name: "account of a button, none there",
		text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@b"]
account = "x"`,
		want: []string{`button[0].account: there is no account "x"; write a [[account]] section`},
	},
	{
		name: "short number without account",
		text: `
[[button]]
name = "b"
line = 1
targets = ["11"]`,
		want: []string{`4:12: button[0].targets[0]: "11" has no domain, and there is no account to take it from; write sip:11@ and the host`},
	},
	{
		name: "target",
		text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@b", "tel:+49 30"]`,
		want: []string{`4:23: button[0].targets[1]: "tel:+49 30" is neither a SIP URI nor a number`},
	},
	{
		name: "target twice",
		text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@b", "sip:a@b"]`,
		want: []string{`button[0].targets[1]: sip:a@b stands twice in the list; remove one`},
	},
	{
		name: "ring time",
		text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@b"]
ring_timeout = "1s"`,
		want: []string{`5:1: button[0].ring_timeout: is 1s; write 3s or more`},
	},
	{
		name: "ring time beyond total",
		text: `
[calls]
ring_total = "30s"
[[button]]
name = "b"
line = 1
targets = ["sip:a@b"]
ring_timeout = "40s"`,
		want: []string{`7:1: button[0].ring_timeout: is longer than calls.ring_total, 30s`},
	},
	{
		name: "ring",
		text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@b"]
ring = "serial"`,
		want: []string{`button[0].ring: is "serial"; write one of "parallel", "sequential"`},
	},

	// Lines.
	{
		name: "two parts on a line",
		text: `
[[relay]]
name = "r"
line = 4
[[lamp]]
name = "l"
line = 4`,
		want: []string{`6:1: lamp[0].line: line 4 is taken by relay[0] too; give each part its own line`},
	},
	{
		name: "line",
		text: `
[[relay]]
name = "r"
line = -4`,
		want: []string{`relay[0].line: is -4; write a value from 0 to 1023`},
	},
	{
		name: "input and button on a line",
		text: `
[[button]]
name = "b"
line = 4
targets = ["sip:a@b"]
[[input]]
name = "i"
line = 4
role = "tamper"`,
		want: []string{`7:1: input[0].line: line 4 is taken by button[0] too`},
	},

	{
		name: "sound card's line",
		text: `
[[relay]]
name = "r"
line = 18`,
		want: []string{`3:1: relay[0].line: line 18 belongs to the I2S sound card; take another line, or write i2s = false in [board]`},
	},
	{
		name: "debounce",
		text: `
[[input]]
name = "i"
line = 4
role = "tamper"
debounce = "300ms"`,
		want: []string{`input[0].debounce: is 300ms; write a value from 8ms to 200ms`},
	},

	// Relays, codes, inputs.
	{
		name: "pulse",
		text: `
[[relay]]
name = "r"
line = 4
pulse = "31s"`,
		want: []string{`relay[0].pulse: is 31s; write a value from 100ms to 30s`},
	},
	{
		name: "ceiling",
		text: `
[[relay]]
name = "r"
line = 4
ceiling = "10m"`,
		want: []string{`relay[0].ceiling: is 10m; write a value from 100ms to 30s`},
	},
	{
		name: "pulse beyond ceiling",
		text: `
[[relay]]
name = "r"
line = 4
pulse = "10s"
ceiling = "5s"`,
		want: []string{`4:1: relay[0].pulse: is longer than the ceiling of 5s`},
	},
	{
		name: "code without relay",
		text: `
[[code]]
digits = "270483"`,
		want: []string{`1:3: code[0].relay: there is no relay; write a [[relay]] section`},
	},
	{
		name: "code of an unknown relay",
		text: `
[[relay]]
name = "strike"
line = 4
[[code]]
digits = "270483"
relay = "strick"`,
		want: []string{`6:1: code[0].relay: there is no relay "strick"; there is "strike"`},
	},
	{
		name: "code without digits",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
relay = "r"`,
		want: []string{`4:3: code[0].digits: is missing`},
	},
	{
		name: "letters in a code",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = "open"`,
		want: []string{`5:1: code[0].digits: is no door code; write 1 to 16 of the keys 0 to 9, * and #`},
	},
	{
		name: "empty code",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = ""`,
		want: []string{`code[0].digits: is no door code`},
	},
	{
		name: "long code",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = "27048327048327048"`,
		want: []string{`code[0].digits: is no door code`},
	},
	{
		name: "number as a code",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = 270483`,
		want: []string{`code[0].digits: is no text in quotes`},
	},
	{
		name: "same code",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = "270483"
[[code]]
digits = "270483"`,
		want: []string{`7:1: code[1].digits: is that of code[0] too`},
	},
	{
		name: "code begins another",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = "2704"
[[code]]
digits = "270483"`,
		want: []string{`7:1: code[1].digits: and code[0] begin alike`},
	},
	{
		name: "another begins the code",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = "270483"
[[code]]
digits = "2704"`,
		want: []string{`7:1: code[1].digits: and code[0] begin alike`},
	},
	{
		name: "code for nobody",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = "270483"
placed_calls = false`,
		want: []string{`code[0].allowed: is empty and placed_calls is off, so that the code never counts`},
	},
	{
		name: "caller",
		text: `
[[relay]]
name = "r"
line = 4
[[code]]
digits = "270483"
allowed = ["Mum & Dad"]`,
		want: []string{`6:12: code[0].allowed[0]: "Mum & Dad" is no caller`},
	},
	{
		name: "code's pulse",
		text: `
[[relay]]
name = "r"
line = 4
ceiling = "5s"
[[code]]
digits = "270483"
pulse = "6s"`,
		want: []string{`7:1: code[0].pulse: is longer than its relay's ceiling of 5s`},
	},
	{
		name: "exit button without relay",
		text: `
[[input]]
name = "i"
line = 4
role = "exit"`,
		want: []string{`input[0].relay: there is no relay`},
	},
	{
		name: "input without role",
		text: `
[[input]]
name = "i"
line = 4`,
		want: []string{`1:3: input[0].role: is missing; write role = "door"`},
	},
	{
		name: "relay of a tamper contact",
		text: `
[[relay]]
name = "r"
line = 5
[[input]]
name = "i"
line = 4
role = "tamper"
relay = "r"`,
		want: []string{`8:1: input[0].relay: belongs to an exit button only`},
	},
	{
		name: "held open of a tamper contact",
		text: `
[[input]]
name = "i"
line = 4
role = "tamper"
held_open = "5s"`,
		want: []string{`5:1: input[0].held_open: belongs to a door contact only`},
	},

	// Calls, digits, PBX.
	{
		name: "warning",
		text: `
[calls]
limit = "30s"
warning = "30s"`,
		want: []string{`3:1: calls.warning: is not shorter than the limit of 30s`},
	},
	{
		name: "ring timeout",
		text: `
[calls]
ring_timeout = "40s"
ring_total = "30s"`,
		want: []string{`2:1: calls.ring_timeout: is longer than ring_total, 30s`},
	},
	{
		name: "ring total",
		text: `
[calls]
ring_total = "2m"`,
		want: []string{`calls.ring_total: is 2m; write a value from 3s to 60s`},
	},
	{
		name: "auto-answer for nobody",
		text: `
[calls]
auto_answer = true`,
		want: []string{`2:1: calls.auto_answer: is on, but no caller is allowed`},
	},
	{
		name: "direct calls of nobody",
		text: `
[sip]
listen = ["udp:0.0.0.0:5060"]
direct_calls = true`,
		want: []string{`3:1: sip.direct_calls: is on, but nobody may call`},
	},
	{
		name: "no methods",
		text: `
[dtmf]
methods = []
[[relay]]
name = "r"
line = 4
[[code]]
digits = "270483"`,
		want: []string{`2:1: dtmf.methods: is empty, so that no code can arrive`},
	},
	{
		name: "lockout",
		text: `
[dtmf]
lockout = "10m"
lockout_max = "5m"`,
		want: []string{`3:1: dtmf.lockout_max: is shorter than lockout, 10m`},
	},
	{
		name: "no wrong code forgiven",
		text: `
[dtmf]
wrong_codes = 0`,
		want: []string{`dtmf.wrong_codes: is 0; write a value from 1 to 20`},
	},
	{
		name: "pbx without anything",
		text: `
[pbx]
enabled = true`,
		want: []string{
			`1:2: pbx.domain: "" is no host name; write domain = "home.example"`,
			`2:1: pbx.enabled: is on, but there are no users; write [[pbx.user]] sections`,
		},
	},
	{
		name: "pbx user without password",
		text: `
[[pbx.user]]
name = "11"`,
		want: []string{`1:7: pbx.user[0].password: is missing`},
	},
	{
		name: "pbx user with an empty password",
		text: `
[[pbx.user]]
name = "11"
password = ""`,
		want: []string{`pbx.user[0].password: is empty`},
	},
	{
		name: "pbx nowhere",
		text: `
[pbx]
enabled = true
domain = "h"
listen = []
[[pbx.user]]
name = "11"
password = "12345678"`,
		want: []string{`4:1: pbx.listen: is empty`},
	},
	{
		name: "pbx on the station's port",
		text: `
[sip]
listen = ["udp:192.0.2.1:5060"]
[pbx]
enabled = true
domain = "h"
listen = ["udp:0.0.0.0:5060"]
[[pbx.user]]
name = "11"
password = "12345678"`,
		want: []string{`6:11: pbx.listen[0]: is taken by the station itself in sip.listen`},
	},

	// Syntax.
	{
		name: "syntax",
		text: `
[station]
name = front`,
		want: []string{`2:8: `},
	},
	{
		name: "unfinished",
		text: `
[station`,
		want: []string{`1:`},
	},
	{
		name: "key twice",
		text: `
[station]
name = "a"
name = "b"`,
		want: []string{`3:1: `},
	},
	{
		name: "section twice",
		text: `
[station]
name = "a"
[station]
name = "b"`,
		want: []string{`3:`},
	},

	// Several at once, in the order of the lines.
	{
		name: "all at once",
		text: `
[station]
nam = "x"
[calls]
limit = 3
warning = "2m"
[[relay]]
name = "r"
line = "four"
[log]
level = "loud"`,
		want: []string{
			`2:1: station.nam: unknown key; did you mean "name"?`,
			`4:1: calls.limit: is the number 3 without a unit`,
			`5:1: calls.warning: is 2m; write a value from 0s to 60s`,
			`8:1: relay[0].line: is a text in quotes; write a number`,
			`10:1: log.level: is "loud"; write one of`,
		},
	},
}

func TestProblems(t *testing.T) {
	for _, tt := range problemCases {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("door.toml", []byte(strings.TrimPrefix(tt.text, "\n")))
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
		part := want[i]
		if part[0] >= '0' && part[0] <= '9' {
			part = "door.toml:" + part // it begins with the line
		}
		if !strings.Contains(p.Error(), part) {
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
		{"short code", with("27"), []string{`15:1: code[0].digits: is weak: shorter than 4 digits; choose six digits or more`}},
		{"one key", with("777777"), []string{`code[0].digits: is weak: one key only`}},
		{"upwards", with("123456"), []string{`is weak: digits in a row`}},
		{"downwards", with("9876"), []string{`is weak: digits in a row`}},
		{"no pattern", with("9877"), nil},
		{"everybody", good + "allowed = [\"*\"]", []string{`16:12: code[0].allowed[0]: lets everybody in`}},
		{
			name: "no password",
			text: `
[[account]]
aor = "sip:a@example.org"`,
			want: []string{`1:3: account[0].password: is missing; a registrar that asks for a password will refuse`},
		},
		{
			name: "no password needed",
			text: `
[[account]]
aor = "sip:a@example.org"
register = false`,
		},
		{
			name: "allowed without auto-answer",
			text: `
[calls]
allowed = ["11"]`,
			want: []string{`2:1: calls.allowed: has no effect; write auto_answer = true`},
		},
		{"prolong", with("27048#") + "[calls]\nprolong = true", []string{`calls.prolong: has no effect, for a code contains #`}},
		{
			name: "peers without direct calls",
			text: `
[sip]
peers = ["192.0.2.0/24"]`,
			want: []string{`sip.peers: has no effect; write direct_calls = true`},
		},
		{
			name: "direct calls at any port",
			text: `
[sip]
direct_calls = true
peers = ["192.0.2.7"]`,
			want: []string{`sip.listen: takes any free port, which callers cannot know`},
		},
		{
			name: "sound card's line, card on USB",
			text: `
[board]
i2s = false
[[relay]]
name = "r"
line = 18`,
		},
		{
			name: "sound card's line, on another chip",
			text: `
[[relay]]
name = "r"
line = 18
chip = "pcf8574"`,
		},
		{
			name: "control without simulation",
			text: `
[board]
control = "x.sock"`,
			want: []string{`board.control: has no effect on a real board`},
		},
		{
			name: "sound files of the simulated board",
			text: `
[board]
type = "sim"
control = "x.sock"
microphone = "in.wav"
loudspeaker = "out.wav"`,
		},
		{
			name: "list too long to ring",
			text: `
[[button]]
name = "b"
line = 1
targets = ["sip:a@h", "sip:b@h", "sip:c@h", "sip:d@h"]
ring = "sequential"`,
			want: []string{`4:1: button[0].targets: the last ones are never rung`},
		},
		{
			name: "weak phone password",
			text: `
[[pbx.user]]
name = "11"
password = "1234"`,
			want: []string{`pbx.user[0].password: is shorter than 8 characters`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustParse(t, strings.TrimPrefix(tt.text, "\n"))
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
