package firmware

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"time"

	"intercom/audio/stream"
	"intercom/firmware/config"
	"intercom/firmware/line"
	"intercom/hal"
	"intercom/sipua"
	"intercom/sipua/digest"
	"intercom/sipua/locate"
	"intercom/sipua/pbx"
	"intercom/sipua/sdp"
)

// openSound opens the card and builds the engine around it.
func (d *Door) openSound() error {
	s := d.parts.Config.Sound
	engine := stream.EngineConfig{
		CardRate: s.Rate, CardChanged: d.cardChanged, Logger: d.log,
	}
	sound, err := d.parts.Board.OpenSound(hal.SoundConfig{Device: soundDevice(s), Rate: s.Rate})
	if err != nil {
		d.faults <- err
	} else {
		d.sound = sound
		engine.Card = newVolume(sound, s)
		if g, ok := sound.(hal.Granter); ok {
			engine.CardRate = g.Granted().Rate
		}
	}
	if err := addChain(&engine, s); err != nil {
		return err
	}
	d.engine, err = stream.NewEngine(engine)
	return err
}

func soundDevice(s config.Sound) string {
	if s.Device == "default" {
		return ""
	}
	return s.Device
}

// cardChanged is called by the engine, which must not wait for the door. The newest state takes the place of one that
// nobody has looked at: a fault that has passed must not stay on the lamp.
func (d *Door) cardChanged(err error) {
	select {
	case <-d.faults:
	default:
	}
	d.faults <- err // there is room: nobody else sends once the engine runs
}

func (d *Door) openPBX() error {
	p := d.parts.Config.PBX
	if !p.Enabled {
		return nil
	}
	c := pbx.Config{Domain: p.Domain, Network: d.parts.Network, Rand: d.parts.Rand, Logger: d.log.With("part", "registrar")}
	for _, l := range p.Listen {
		c.Listen = append(c.Listen, sipua.Listen{Transport: l.Transport, Address: l.Address.String()})
	}
	for _, u := range p.Users {
		c.Users = append(c.Users, pbx.User{Name: u.Name, Password: digest.Secret(u.Password.Reveal())})
	}
	if len(d.parts.Config.Accounts) > 0 && d.parts.Config.Accounts[0].IsHouse() {
		// Nobody has to know this password: it is another one at each start.
		d.house = digest.Secret(rand.Text())
		c.Users = append(c.Users, pbx.User{Name: d.parts.Config.Accounts[0].User, Password: d.house})
	}
	var err error
	d.pbx, err = pbx.New(c)
	return err
}

func (d *Door) openAgent() error {
	resolver, err := d.resolver()
	if err != nil {
		return err
	}
	cfg := d.parts.Config
	c := sipua.Config{
		Network: d.parts.Network, Resolver: resolver, Rand: d.parts.Rand, Logger: d.log.With("part", "sip"),
		InstanceID: d.parts.Instance, UserAgent: cfg.SIP.UserAgent, Trace: cfg.Log.Trace || d.parts.Watch != nil, TLS: sipua.TLS{Roots: cfg.TLS.Roots},
	}
	if cfg.TLS.Certificate != nil {
		c.TLS.Certificates = []tls.Certificate{*cfg.TLS.Certificate}
	}
	for _, l := range cfg.SIP.Listen {
		c.Listen = append(c.Listen, sipua.Listen{Transport: l.Transport, Address: l.Address.String()})
	}
	if cfg.SIP.DirectCalls {
		for _, p := range cfg.SIP.Peers {
			c.Peers = append(c.Peers, p.Prefix)
		}
	}
	for _, a := range cfg.Accounts {
		account := account(a)
		if a.IsHouse() {
			account.Password = d.house
		}
		c.Accounts = append(c.Accounts, account)
	}
	d.agent, err = sipua.New(c)
	return err
}

func (d *Door) resolver() (sipua.Resolver, error) {
	n := d.parts.Config.Network
	if d.parts.DNS != nil {
		return families{d.parts.DNS, n}, nil
	}
	r, err := locate.New(locate.Config{Servers: n.DNSServers})
	if err != nil {
		return nil, fmt.Errorf("DNS: %w", err)
	}
	return families{r, n}, nil
}

// families is a resolver that looks for the address families of the configuration only.
type families struct {
	sipua.Resolver
	network config.Network
}

// Locate implements sipua.Resolver.
func (f families) Locate(ctx context.Context, now time.Time, q locate.Query) locate.Result {
	q.IPv4, q.IPv6 = f.network.IPv4, f.network.IPv6
	return f.Resolver.Locate(ctx, now, q)
}

// account translates an account of the configuration.
func account(a config.Account) sipua.Account {
	server := a.Proxy
	if server == "" {
		server = a.Registrar
	}
	if a.Transport != config.TransportAuto && !strings.Contains(server, ";transport=") {
		server += ";transport=" + string(a.Transport)
	}
	return sipua.Account{
		AOR: a.AOR, Display: a.DisplayName, Username: a.AuthUser, Password: digest.Secret(a.Password.Reveal()),
		Servers: []string{server}, NoRegister: !a.Register, Expires: a.Expires,
	}
}

// accountName is the configuration's name of an account that the agent knows by its address.
func (d *Door) accountName(aor string) string {
	for _, a := range d.parts.Config.Accounts {
		if a.AOR == aor {
			return a.Name
		}
	}
	return aor
}

func (d *Door) openLine() error {
	cfg := d.parts.Config
	network := d.parts.Network
	if network == nil {
		network = sipua.HostNetwork{}
	}
	ports := &line.Ports{Network: network, First: int(cfg.Network.RTPPorts.First), Last: int(cfg.Network.RTPPorts.Last)}
	if len(cfg.SIP.Listen) > 0 {
		ports.Address = cfg.SIP.Listen[0].Address.Addr()
	}
	var identity stream.Identity
	if cfg.Sound.Encryption != config.EncryptionOff {
		var err error
		if identity, err = stream.NewIdentity(certificateDate); err != nil {
			return err
		}
	}
	d.line = line.New(line.Config{
		Identity: identity, Inband: slices.Contains(cfg.DTMF.Methods, config.DTMFInband),
		Agent: d.agent, Engine: d.engine, Capabilities: Capabilities(cfg), Sockets: ports,
		Timeout: int(cfg.Calls.RTPTimeout / time.Second), Rand: d.parts.Rand, Logger: d.log,
		Ended: func(_ line.Leg, r stream.Report) { d.watch(r) },
	})
	return nil
}

// certificateDate is in the middle of the DTLS certificate's life of sixty years. The clock would be no better: a Pi
// without a network believes that it is 1970.
var certificateDate = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Capabilities are the codecs and digits of the configuration, in the order of preference.
func Capabilities(cfg *config.Config) sdp.Capabilities {
	c := sdp.Capabilities{Events: "0-15", Ptime: int(cfg.Sound.Ptime / time.Millisecond), RTCPMux: false}
	for _, name := range cfg.Sound.Codecs {
		c.Codecs = append(c.Codecs, codecs[name])
	}
	if cfg.Sound.Encryption == config.EncryptionOff {
		return c
	}
	c.RTCPMux, c.Suites = true, []string{sdp.AEAD128, sdp.AES128SHA80, sdp.AES128SHA32}
	switch cfg.Sound.Encryption {
	case config.EncryptionOffered:
		c.Keying = sdp.KeyingOptional
	case config.EncryptionRequired:
		c.Keying, c.IsSecret = sdp.KeyingSDES, true
	case config.EncryptionDTLS:
		c.Keying, c.IsSecret = sdp.KeyingDTLS, true
	}
	return c
}

// codecs are the SDP forms of the codecs of the configuration (RFC 3551 section 6).
var codecs = map[config.Codec]sdp.Codec{
	config.Opus: {Name: "opus", ClockRate: 48000, Channels: 2, PayloadType: 111, Fmtp: "useinbandfec=1;maxaveragebitrate=24000;stereo=0"},
	config.G722: {Name: "G722", ClockRate: 8000, PayloadType: 9},
	config.PCMA: {Name: "PCMA", ClockRate: 8000, PayloadType: 8},
	config.PCMU: {Name: "PCMU", ClockRate: 8000, PayloadType: 0},
}
