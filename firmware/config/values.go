package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// enum is a string that may take few values. The first one is not a default: that stands in the field's tag.
type enum interface{ values() []string }

// Transport is how an account is reached: auto (RFC 3263), udp, tcp or tls.
type Transport string

// The transports of an account.
const (
	TransportAuto Transport = "auto"
	TransportUDP  Transport = "udp"
	TransportTCP  Transport = "tcp"
	TransportTLS  Transport = "tls"
)

func (Transport) values() []string { return []string{"auto", "udp", "tcp", "tls"} }

// Ring is the order in which a button's targets are rung.
type Ring string

// Parallel rings all targets at once and the first answer wins; Sequential tries one after the other.
const (
	Parallel   Ring = "parallel"
	Sequential Ring = "sequential"
)

func (Ring) values() []string { return []string{"parallel", "sequential"} }

// PressRinging is what a further press does while the button's call rings.
type PressRinging string

// A press cancels the call, starts its time anew, or is ignored.
const (
	PressCancel        PressRinging = "cancel"
	PressRestart       PressRinging = "restart"
	PressIgnoreRinging PressRinging = "ignore"
)

func (PressRinging) values() []string { return []string{"cancel", "restart", "ignore"} }

// PressInCall is what a press does in a conversation.
type PressInCall string

// A press hangs up or is ignored.
const (
	PressHangup     PressInCall = "hangup"
	PressIgnoreCall PressInCall = "ignore"
)

func (PressInCall) values() []string { return []string{"hangup", "ignore"} }

// Bias is the pull resistor of an input line.
type Bias string

// The biases of a line: the chip's resistor up or down, or none because the circuit has its own.
const (
	PullUp   Bias = "pull-up"
	PullDown Bias = "pull-down"
	NoBias   Bias = "none"
)

func (Bias) values() []string { return []string{"pull-up", "pull-down", "none"} }

// LampRole chooses the patterns a lamp has unless the file gives others.
type LampRole string

// The roles of a lamp. LampStatus is one lamp for everything.
const (
	LampPower   LampRole = "power"
	LampRinging LampRole = "ringing"
	LampCall    LampRole = "call"
	LampDoor    LampRole = "door"
	LampFault   LampRole = "fault"
	LampStatus  LampRole = "status"
)

func (LampRole) values() []string {
	return []string{"power", "ringing", "call", "door", "fault", "status"}
}

// Pattern is how a lamp burns.
type Pattern string

// The patterns: None leaves the lamp to the next condition, Off keeps it dark, Glow is a short blip every two seconds
// (a lamp that can only be on or off has no dim), Blink is 1 Hz, Fast is 4 Hz, Flash two blips every two seconds.
const (
	None  Pattern = "none"
	Off   Pattern = "off"
	On    Pattern = "on"
	Glow  Pattern = "glow"
	Blink Pattern = "blink"
	Fast  Pattern = "fast"
	Flash Pattern = "flash"
)

func (Pattern) values() []string {
	return []string{"none", "off", "on", "glow", "blink", "fast", "flash"}
}

// InputRole is what an input means.
type InputRole string

// The roles of an input: the door's contact (on = open), the exit button inside, the cover's tamper contact.
const (
	InputDoor   InputRole = "door"
	InputExit   InputRole = "exit"
	InputTamper InputRole = "tamper"
)

func (InputRole) values() []string { return []string{"door", "exit", "tamper"} }

// Codec is a name of the RTP audio registry.
type Codec string

// The codecs of this station (RFC 3551 section 4.5, RFC 7587).
const (
	Opus Codec = "opus"
	G722 Codec = "G722"
	PCMA Codec = "PCMA"
	PCMU Codec = "PCMU"
)

func (Codec) values() []string { return []string{"opus", "G722", "PCMA", "PCMU"} }

// Encryption says whether the sound of calls is encrypted by SRTP (RFC 3711). Keys by DTLS are accepted unless it is off.
type Encryption string

// The ways of encryption: plain RTP alone; plain RTP and keys for those who take them (RFC 8643); keys in the session
// description or no call (RFC 4568, which asks for SIP over TLS); keys by DTLS or no call (RFC 5763).
const (
	EncryptionOff      Encryption = "off"
	EncryptionOffered  Encryption = "offered"
	EncryptionRequired Encryption = "required"
	EncryptionDTLS     Encryption = "dtls"
)

func (Encryption) values() []string { return []string{"off", "offered", "required", "dtls"} }

// Country chooses the cadences of the call progress tones, by its ISO 3166 code in lower case.
type Country string

func (Country) values() []string {
	return []string{"at", "ch", "de", "es", "fr", "gb", "it", "nl", "se", "us"}
}

// Rejection is what a caller is told who is not let in.
type Rejection string

// The answers: decline (603), busy (486), unavailable (480) and forbidden (403).
const (
	Decline     Rejection = "decline"
	Busy        Rejection = "busy"
	Unavailable Rejection = "unavailable"
	Forbidden   Rejection = "forbidden"
)

func (Rejection) values() []string { return []string{"decline", "busy", "unavailable", "forbidden"} }

// Status is the SIP response code (RFC 3261 section 21).
func (r Rejection) Status() int {
	switch r {
	case Busy:
		return 486
	case Unavailable:
		return 480
	case Forbidden:
		return 403
	default:
		return 603
	}
}

// Method is a way digits travel: rtp (RFC 4733), info (SIP INFO, RFC 6086 without a package) or inband (tones in the sound).
type Method string

// The ways digits travel.
const (
	DTMFRTP    Method = "rtp"
	DTMFInfo   Method = "info"
	DTMFInband Method = "inband"
)

func (Method) values() []string { return []string{"rtp", "info", "inband"} }

// BoardType is rpi (a Raspberry Pi) or sim (the simulated board).
type BoardType string

// The boards.
const (
	BoardRPi BoardType = "rpi"
	BoardSim BoardType = "sim"
)

func (BoardType) values() []string { return []string{"rpi", "sim"} }

// Level is the least level that is logged.
type Level string

func (Level) values() []string { return []string{"debug", "info", "warn", "error"} }

// Format is the log's: text or json.
type Format string

func (Format) values() []string { return []string{"text", "json"} }

// Listen is a transport and a local address, written "udp:192.0.2.1:5060" or "tcp:[::]:0".
type Listen struct {
	Transport string // as in a Via field: "UDP", "TCP" or "TLS"
	Address   netip.AddrPort
}

// UnmarshalText reads the form of the file.
func (l *Listen) UnmarshalText(text []byte) error {
	transport, address, _ := strings.Cut(string(text), ":")
	switch strings.ToLower(transport) {
	case "udp", "tcp", "tls":
	default:
		return fmt.Errorf("%q is no transport, address and port; write for example \"udp:0.0.0.0:5060\"", text)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address and port; write for example \"0.0.0.0:5060\" or \"[::]:5060\" behind the transport", address)
	}
	*l = Listen{strings.ToUpper(transport), at}
	return nil
}

// MarshalText writes the form of the file.
func (l Listen) MarshalText() ([]byte, error) {
	return []byte(strings.ToLower(l.Transport) + ":" + l.Address.String()), nil
}

// Peer is an address or a network ("192.0.2.7" or "192.0.2.0/24").
type Peer struct{ netip.Prefix }

// UnmarshalText reads the form of the file.
func (p *Peer) UnmarshalText(text []byte) error {
	prefix, err := netip.ParsePrefix(string(text))
	if address, single := netip.ParseAddr(string(text)); single == nil {
		prefix, err = address.Prefix(address.BitLen())
	}
	if err != nil {
		return fmt.Errorf("%q is no address or network; write for example \"192.0.2.7\" or \"192.0.2.0/24\"", text)
	}
	p.Prefix = prefix.Masked()
	return nil
}

// MarshalText writes the form of the file.
func (p Peer) MarshalText() ([]byte, error) {
	if p.IsSingleIP() {
		return p.Addr().MarshalText()
	}
	return p.Prefix.MarshalText()
}

// PortRange is a range of UDP ports, both ends included, written "16384-16583".
type PortRange struct{ First, Last uint16 }

// UnmarshalText reads the form of the file. At least four ports, for RTP and RTCP of two calls.
func (r *PortRange) UnmarshalText(text []byte) error {
	first, last, _ := strings.Cut(string(text), "-")
	from, err1 := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	to, err2 := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if err1 != nil || err2 != nil || from < 1024 || to < from+3 {
		return fmt.Errorf("%q is no range of four or more ports from 1024 on; write for example \"16384-16583\"", text)
	}
	*r = PortRange{uint16(from), uint16(to)}
	return nil
}

// MarshalText writes the form of the file.
func (r PortRange) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d-%d", r.First, r.Last), nil
}
