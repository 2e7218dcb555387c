package sdp

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
)

// Capabilities is what one side can do.
type Capabilities struct {
	Codecs    []Codec  // in order of preference; at least one
	Events    string   // telephone-event's fmtp, such as "0-15" (RFC 4733 section 2.5.1.1); empty: not offered
	Ptime     int      // ms of sound in a packet; 0: 20
	MaxPtime  int      // ms at most; 0: not told
	AnswerAll bool     // answer with all common codecs; false: with the best only, so that nobody changes in mid-call
	RTCPMux   bool     // offer and accept RTP and RTCP on one port (RFC 5761)
	Feedback  bool     // offer the profiles with feedback, RTP/AVPF and the like; they are accepted in any case
	Keying    Keying   // what is offered
	Suites    []string // SRTP suites for SDES in order of preference; empty: SDES is neither offered nor accepted
	IsSecret  bool     // refuse media that are not encrypted
}

// Keying is how an offer wants SRTP to be keyed.
type Keying uint8

const (
	// KeyingNone offers plain RTP.
	KeyingNone Keying = iota
	// KeyingOptional offers plain RTP with a=crypto lines, which a peer that knows them takes (RFC
	// 8643).
	KeyingOptional
	// KeyingSDES offers RTP/SAVP with a=crypto lines (RFC 4568).
	KeyingSDES
	// KeyingDTLS offers UDP/TLS/RTP/SAVP with a fingerprint (RFC 5764).
	KeyingDTLS
)

// Endpoint is where one call receives its media.
type Endpoint struct {
	RTP         netip.AddrPort
	RTCP        netip.AddrPort // invalid: the port after RTP's
	Fingerprint Fingerprint    // of the DTLS certificate; zero: DTLS is neither offered nor accepted
}

// Config is what an Exchange starts from. Its slices are not to be changed afterwards.
type Config struct {
	Capabilities Capabilities
	Local        Endpoint
	SessionID    uint64    // of o=; 0: drawn
	Rand         io.Reader // source of SRTP keys and the session's number; nil: crypto/rand
}

// State is where a call's exchange of offers and answers stands (RFC 3264 section 4):
//
//	Idle --MakeOffer--> Offered --Accept--> Agreed --MakeOffer--> Offered ...
//	Idle --Answer-----> Agreed  --Answer--> Agreed
//	Offered --Withdraw--> what it was before
type State uint8

const (
	// Idle: nothing was agreed on yet.
	Idle State = iota
	// Offered: our offer awaits its answer; another offer by the peer is glare (RFC 3261 section
	// 14.2).
	Offered
	// Agreed: the last offer was answered, and either side may make the next.
	Agreed
)

// String names the state for logs.
func (s State) String() string {
	switch s {
	case Idle:
		return "idle"
	case Offered:
		return "offered"
	case Agreed:
		return "agreed"
	default:
		return "state " + strconv.Itoa(int(s))
	}
}

// Exchange is one call's offers and answers about one audio stream; every other medium is refused.
// It belongs to one goroutine. When a call forks, Accept may be called once per answer: the last
// one holds.
type Exchange struct {
	cfg     Config
	state   State
	wish    Direction
	sent    sent
	agreed  agreement
	offered agreement // ours, unanswered or last answered
	numbers numbers
	keys    map[string]Key // ours by suite; one for all offers of a call, so that o= need not change
}

// sent is the last description that went out, by which o= counts.
type sent struct {
	version uint64
	body    []byte
}

// agreement is a pair of descriptions.
type agreement struct {
	local      *Session
	audio      int      // index of the audio stream in local.Media
	formats    []Format // of an offer: what we receive, sound and events
	negotiated Negotiated
}

// New makes the exchange of one call. It fails on a Config that no offer could be made from.
func New(cfg Config) (*Exchange, error) {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Capabilities.Ptime == 0 {
		cfg.Capabilities.Ptime = 20
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.SessionID == 0 {
		var random [8]byte
		if _, err := io.ReadFull(cfg.Rand, random[:]); err != nil {
			return nil, fmt.Errorf("sdp: no random bytes for the session's number: %w", err)
		}
		// 62 bits, since peers read the number into signed ones and add to it.
		cfg.SessionID = binary.BigEndian.Uint64(random[:]) >> 2
	}
	x := &Exchange{cfg: cfg, wish: SendRecv, keys: make(map[string]Key)}
	return x, x.makeKeys()
}

// check refuses what would come out as a description no peer can use, while the one who wrote it is
// still there to read why.
func (cfg *Config) check() error {
	caps := &cfg.Capabilities
	if len(caps.Codecs) == 0 {
		return errors.New("sdp: Capabilities.Codecs is empty; name at least one")
	}
	for _, c := range caps.Codecs {
		if c.Name == "" || c.ClockRate <= 0 || c.PayloadType > 127 {
			return fmt.Errorf("sdp: codec %+v: give a name, a clock rate in Hz and a payload type up to 127", c)
		}
	}
	for _, suite := range caps.Suites {
		if keyLength(suite) == 0 {
			return fmt.Errorf("sdp: SRTP suite %q is unknown; see the constants of this package", suite)
		}
	}
	if !cfg.Local.RTP.IsValid() || cfg.Local.RTP.Port() == 0 {
		return fmt.Errorf("sdp: Local.RTP is %v; give the address and port media are received on", cfg.Local.RTP)
	}
	needsSuites := caps.Keying == KeyingSDES || caps.Keying == KeyingOptional
	if needsSuites && len(caps.Suites) == 0 || caps.Keying == KeyingDTLS && cfg.Local.Fingerprint == (Fingerprint{}) {
		return errors.New("sdp: Keying needs Suites for SDES and a Fingerprint for DTLS")
	}
	if caps.IsSecret && caps.Keying == KeyingNone || caps.IsSecret && caps.Keying == KeyingOptional {
		return errors.New("sdp: IsSecret forbids to offer plain RTP; set Keying to KeyingSDES or KeyingDTLS")
	}
	return nil
}

// makeKeys draws a key for each suite.
func (x *Exchange) makeKeys() error {
	for _, suite := range x.cfg.Capabilities.Suites {
		key := make(Key, keyLength(suite))
		if _, err := io.ReadFull(x.cfg.Rand, key); err != nil {
			return fmt.Errorf("sdp: no random bytes for SRTP keys: %w", err)
		}
		x.keys[suite] = key
	}
	return nil
}

// State tells where the exchange stands.
func (x *Exchange) State() State { return x.state }

// Negotiated is what was agreed on last; zero before.
func (x *Exchange) Negotiated() Negotiated { return x.agreed.negotiated }

// Hold makes the next offer or answer stop the peer's media: sendonly, or inactive if the peer
// holds us too (RFC 3264 section 8.4).
func (x *Exchange) Hold() { x.wish = SendOnly }

// Resume undoes Hold with the next offer or answer.
func (x *Exchange) Resume() { x.wish = SendRecv }

// IsHolding tells whether Hold was called last.
func (x *Exchange) IsHolding() bool { return x.wish == SendOnly }

// Move changes where media are received, for the next offer or answer: after the host's address
// changed. The error says what is missing in local, and nothing was changed.
func (x *Exchange) Move(local Endpoint) error {
	cfg := x.cfg
	cfg.Local = local
	if err := cfg.check(); err != nil {
		return err
	}
	x.cfg = cfg
	return nil
}

// Withdraw forgets our offer after the peer refused it: what was agreed before holds on (RFC 3261
// section 14.1). Without an open offer it does nothing.
func (x *Exchange) Withdraw() {
	if x.state != Offered {
		return
	}
	x.offered = agreement{}
	x.state = Idle
	if x.agreed.local != nil {
		x.state = Agreed
	}
}

// send prints a description that goes out. The version in o= goes up by one if anything differs
// from the last one, and stays otherwise (RFC 3264 section 8).
func (x *Exchange) send(s *Session) []byte {
	s.Origin.Version = strconv.FormatUint(x.sent.version, 10)
	body := s.Bytes()
	if x.sent.body != nil && string(body) != string(x.sent.body) {
		x.sent.version++
		s.Origin.Version = strconv.FormatUint(x.sent.version, 10)
		body = s.Bytes()
	}
	x.sent.body = body
	return append([]byte(nil), body...)
}

// blank is a description without media.
func (x *Exchange) blank() *Session {
	addr := x.cfg.Local.RTP.Addr().Unmap()
	c := connectionTo(addr)
	return &Session{
		Origin: Origin{
			Username: "-", ID: strconv.FormatUint(x.cfg.SessionID, 10),
			Network: c.Network, Family: c.Family, Address: c.Address,
		},
		Name: "-", Connection: c, Lines: []Line{{'t', "0 0"}},
	}
}
