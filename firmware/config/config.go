package config

import (
	"crypto/tls"
	"crypto/x509"
	"time"
)

// Config is the whole configuration. The zero value is not useful; Default and Parse fill the defaults in.
type Config struct {
	Station  Station   `toml:"station"`
	Accounts []Account `toml:"account" max:"8"`
	Network  Network   `toml:"network"`
	SIP      SIP       `toml:"sip"`
	TLS      TLS       `toml:"tls"`
	Buttons  []Button  `toml:"button" max:"32"`
	Relays   []Relay   `toml:"relay" max:"8"`
	Codes    []Code    `toml:"code" max:"64"`
	Lamps    []Lamp    `toml:"lamp" max:"32"`
	Inputs   []Input   `toml:"input" max:"32"`
	Sound    Sound     `toml:"sound"`
	Calls    Calls     `toml:"calls"`
	DTMF     DTMF      `toml:"dtmf"`
	PBX      PBX       `toml:"pbx"`
	Board    Board     `toml:"board"`
	Log      Log       `toml:"log"`

	// Warnings are the findings that do not keep the station from running, such as a weak code.
	Warnings Problems `toml:"-"`
}

// Station names the door.
type Station struct {
	Name        string `toml:"name" default:"door"` // in logs and in the user agent
	DisplayName string `toml:"display_name"`        // shown by the phones it rings; empty = Name
}

// Account is one identity at one SIP provider or PBX (RFC 3261 section 10).
type Account struct {
	Name         string        `toml:"name" default:"main"` // buttons refer to it
	AOR          string        `toml:"aor"`                 // address of record, sip:user@domain; or:
	User         string        `toml:"user"`                // its user part
	Domain       string        `toml:"domain"`              // its host part
	DisplayName  string        `toml:"display_name"`        // empty = the station's
	AuthUser     string        `toml:"auth_user"`           // digest user name; empty = User
	Password     Secret        `toml:"password"`
	PasswordFile string        `toml:"password_file"`                         // read by Load, relative to the file's folder
	Register     bool          `toml:"register" default:"true"`               // false: calls only, no binding
	Registrar    string        `toml:"registrar"`                             // empty = sip:domain, by RFC 3263
	Proxy        string        `toml:"proxy"`                                 // outbound proxy; empty = the registrar
	Transport    Transport     `toml:"transport" default:"auto"`              // auto: as DNS says
	Expires      time.Duration `toml:"expires" default:"10m" range:"1m..24h"` // asked for; the granted value counts
}

// Network is the side to the wire that is not SIP.
type Network struct {
	DNSServers []string  `toml:"dns_servers" max:"4"` // addresses, port 53 unless given; empty = the host's
	IPv4       bool      `toml:"ipv4" default:"true"`
	IPv6       bool      `toml:"ipv6" default:"true"`
	RTPPorts   PortRange `toml:"rtp_ports" default:"16384-16583"` // even ports carry RTP, the next odd one RTCP
}

// SIP says where the agent listens and to whom. The default ports are ephemeral: scanners knock at 5060, and a
// registered station is reached at the port it registered.
type SIP struct {
	Listen      []Listen `toml:"listen" default:"udp:0.0.0.0:0,tcp:0.0.0.0:0" max:"8"`
	DirectCalls bool     `toml:"direct_calls"`   // accept calls from Peers without a proxy between
	Peers       []Peer   `toml:"peers" max:"64"` // addresses or networks direct calls may come from
	UserAgent   string   `toml:"user_agent"`     // empty = none sent, which tells a scanner least
}

// TLS is the trust and the identity of SIP over TLS. A server's certificate is always checked: it must name the account's
// domain (RFC 5922 section 7.2) and be signed by an authority of CAFile.
type TLS struct {
	CAFile          string `toml:"ca_file"`     // PEM; empty = the authorities of the host
	CertificateFile string `toml:"certificate"` // PEM, ours: to listen on tls, and for servers that ask for one
	KeyFile         string `toml:"key"`         // PEM, the certificate's private key

	Roots       *x509.CertPool   `toml:"-"` // read from CAFile by Load; nil = the host's
	Certificate *tls.Certificate `toml:"-"` // read by Load; nil = none
}

// Sound is the card, the codecs and what is done to the sound between them.
type Sound struct {
	Device     string        `toml:"device" default:"default"`                            // ALSA name, such as hw:0
	Rate       int           `toml:"rate" default:"48000" oneof:"8000 16000 32000 48000"` // of the card, Hz
	Codecs     []Codec       `toml:"codecs" default:"G722,PCMA,PCMU" max:"8"`             // most preferred first
	Ptime      time.Duration `toml:"ptime" default:"20ms" oneof:"10ms 20ms 30ms 40ms 60ms"`
	Encryption Encryption    `toml:"encryption" default:"off"`                      // of the sound, by SRTP
	Speaker    int           `toml:"speaker_volume" default:"80" range:"0..100"`    // percent
	Microphone int           `toml:"microphone_volume" default:"80" range:"0..100"` // percent
	Tones      Country       `toml:"tones" default:"de"`
	Echo       bool          `toml:"echo_canceller" default:"true"`
	Noise      bool          `toml:"noise_suppressor" default:"true"`
	Gain       bool          `toml:"gain_control" default:"true"`
	HalfDuplex bool          `toml:"half_duplex"` // one side at a time: for enclosures in which the echo cannot be cancelled
}

// Calls holds the times and permissions of every call.
type Calls struct {
	RingTimeout     time.Duration `toml:"ring_timeout" default:"20s" range:"3s..60s"`    // for each target
	RingTotal       time.Duration `toml:"ring_total" default:"60s" range:"3s..60s"`      // for the whole list
	Limit           time.Duration `toml:"limit" default:"3m" range:"10s..1h"`            // of a conversation
	Warning         time.Duration `toml:"warning" default:"10s" range:"0s..60s"`         // beep this long before; 0 = none
	Prolong         bool          `toml:"prolong" default:"true"`                        // # starts the limit anew, unless a code contains #
	RTPTimeout      time.Duration `toml:"rtp_timeout" default:"20s" range:"0s..5m"`      // hang up without sound; 0 = never
	HangupAfterOpen time.Duration `toml:"hangup_after_open" default:"0s" range:"0s..1m"` // 0 = stay in the call

	AutoAnswer      bool          `toml:"auto_answer"`                                   // answer calls to the door
	AutoAnswerDelay time.Duration `toml:"auto_answer_delay" default:"0s" range:"0s..5s"` // ring this long first
	Allowed         []string      `toml:"allowed" max:"64"`                              // callers that are answered
	Reject          Rejection     `toml:"reject" default:"decline"`                      // what the others are told
}

// DTMF says how door codes arrive and how wrong ones are punished.
type DTMF struct {
	Methods    []Method      `toml:"methods" default:"rtp,info" max:"3"`
	Interdigit time.Duration `toml:"interdigit" default:"3s" range:"1s..15s"` // longest pause inside a code
	WrongCodes int           `toml:"wrong_codes" default:"5" range:"1..20"`   // this many, then a lockout
	Lockout    time.Duration `toml:"lockout" default:"60s" range:"10s..1h"`   // the first one; each next is twice as long
	LockoutMax time.Duration `toml:"lockout_max" default:"1h" range:"10s..24h"`
}

// PBX is the embedded registrar and proxy, for a house without one: the phones register at the door.
type PBX struct {
	Enabled bool      `toml:"enabled"`
	Domain  string    `toml:"domain"` // realm of the digest and host of the users' addresses
	Listen  []Listen  `toml:"listen" default:"udp:0.0.0.0:5060,tcp:0.0.0.0:5060" max:"8"`
	Users   []PBXUser `toml:"user" max:"64"`
}

// PBXUser is one phone that may register at the embedded registrar.
type PBXUser struct {
	Name     string `toml:"name,required"`
	Password Secret `toml:"password,required"`
}

// Board chooses the hardware.
type Board struct {
	Type    BoardType `toml:"type" default:"rpi"`
	I2S     bool      `toml:"i2s" default:"true"` // the sound card is on the header, and takes lines 16 and 18 to 21
	Control string    `toml:"control"`            // socket path of the simulated board; empty = none

	Microphone  string `toml:"microphone"`  // WAV file that the simulated microphone hears again and again; empty = silence
	Loudspeaker string `toml:"loudspeaker"` // WAV file that the simulated loudspeaker is written to; empty = none
}

// Log says what is logged to standard error.
type Log struct {
	Level  Level  `toml:"level" default:"info"`
	Format Format `toml:"format" default:"text"`
	Trace  bool   `toml:"trace"` // SIP messages too, secrets redacted
}
