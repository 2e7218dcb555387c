package demo

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"intercom/firmware"
	"intercom/firmware/config"
	"intercom/hal/sim"
	"intercom/sipua"
	"intercom/sipua/locate"
	"intercom/sipua/pbx"
	"intercom/sipua/sip"
)

// The cast.
const (
	domain   = "house.example"
	doorName = "door"
	deskName = "desk"
	doorPass = "demo-door-1f8c"
	deskPass = "demo-desk-77ab"
	code     = "4711"
	wrong    = "1234"
)

// relayPulse is the strike's.
const relayPulse = time.Second

// asked is the life that the door asks for.
const asked = time.Minute

// granted is the life of a registration at the demonstration's registrars: short, so that a refresh can be watched.
const granted = 4 * time.Second

// stage is everything that runs: name server, registrars, board, door, desk phone.
type stage struct {
	options   Options
	chronicle *chronicle
	zone      *locate.Zone
	dns       string
	dead      netip.AddrPort
	registrar []*server
	config    *config.Config
	board     *sim.Board
	door      *firmware.Door
	desk      *desk  // nil with a real phone
	visitor   *ear   // at the door's loudspeaker
	mouth     *mouth // of the visitor

	actors sync.WaitGroup
	leave  context.CancelFunc // of all
	close  context.CancelFunc // of the door
	gone   chan error         // the door's end
}

// server is one registrar and proxy, which can be killed.
type server struct {
	addr     netip.AddrPort
	exchange *pbx.PBX
	kill     context.CancelFunc
}

func newStage(ctx context.Context, o Options) (*stage, error) {
	ctx, leave := context.WithCancel(context.WithoutCancel(ctx))
	s := &stage{options: o, chronicle: newChronicle(o.Watch), leave: leave, gone: make(chan error, 1), visitor: newEar(deskTone), mouth: newMouth(visitorTone)}
	builds := []func(context.Context) error{s.openBoard, s.openDoor}
	if o.Phone == "" {
		builds = []func(context.Context) error{s.openRegistrars, s.openDNS, s.openBoard, s.openDesk, s.openDoor}
	}
	for _, build := range builds {
		if err := build(ctx); err != nil {
			s.clear()
			return nil, err
		}
	}
	return s, nil
}

// clear ends all that runs and waits for it.
func (s *stage) clear() {
	s.leave()
	s.actors.Wait()
}

// inUse is the registrar that serves everybody by the end of the story; nil with a real phone.
func (s *stage) inUse() *server {
	switch {
	case s.options.Phone != "":
		return nil
	case s.options.KillPBX:
		return s.registrar[1]
	default:
		return s.registrar[0]
	}
}

// openRegistrars starts two registrars, and finds an address at which nobody listens.
func (s *stage) openRegistrars(ctx context.Context) error {
	for range 2 {
		addr, err := s.freePort(ctx)
		if err != nil {
			return err
		}
		p, err := pbx.New(pbx.Config{
			Domain: domain, Network: s.options.Network, Logger: s.options.Logger.With("part", "registrar"),
			Listen:     []pbx.Listen{{Transport: sip.UDP, Address: addr.String()}, {Transport: sip.TCP, Address: addr.String()}},
			Users:      []pbx.User{{Name: doorName, Password: doorPass}, {Name: deskName, Password: deskPass}},
			MinExpires: time.Second, MaxExpires: granted,
		})
		if err != nil {
			return err
		}
		life, kill := context.WithCancel(ctx)
		s.registrar = append(s.registrar, &server{addr, p, kill})
		s.actors.Go(func() { s.note("registrar", p.Run(life)) })
	}
	var err error
	s.dead, err = s.freePort(ctx)
	return err
}

// freePort is an address on loopback where a socket could be opened a moment ago.
func (s *stage) freePort(ctx context.Context) (netip.AddrPort, error) {
	conn, err := s.options.Network.ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

func (s *stage) note(part string, err error) {
	if err != nil {
		s.options.Logger.Error(part+" ended", "error", err)
	}
}

// openDNS serves a zone in which NAPTR leads to SRV, and SRV to the dead server first.
func (s *stage) openDNS(ctx context.Context) error {
	var text strings.Builder
	fmt.Fprintf(&text, "$ORIGIN %s.\n", domain)
	fmt.Fprintf(&text, "@ 60 IN NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.%s.\n", domain)
	fmt.Fprintf(&text, "_sip._udp 60 IN SRV 10 0 %d dead\n", s.dead.Port())
	for i, r := range s.registrar {
		fmt.Fprintf(&text, "_sip._udp 60 IN SRV %d 0 %d pbx%d\n", 20+10*i, r.addr.Port(), i+1)
		fmt.Fprintf(&text, "pbx%d 60 IN A %s\n", i+1, r.addr.Addr())
	}
	fmt.Fprintf(&text, "dead 60 IN A %s\n", s.dead.Addr())
	var err error
	if s.zone, err = locate.NewZone(text.String()); err != nil {
		return err
	}
	packets, err := s.options.Network.ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.dns = packets.LocalAddr().String()
	streams, err := s.options.Network.Listen(ctx, "tcp", s.dns)
	if err != nil {
		packets.Close()
		return err
	}
	s.actors.Go(func() { s.note("name server", s.zone.Serve(ctx, packets, streams)) })
	return nil
}

// resolver asks the stage's name server, and tells the chronicle how it reasoned.
func (s *stage) resolver(who string) (sipua.Resolver, error) {
	r, err := locate.New(locate.Config{Servers: []string{s.dns}, Dial: s.options.Network.Dial})
	if err != nil {
		return nil, err
	}
	return &explaining{Resolver: r, who: who, chronicle: s.chronicle}, nil
}

// explaining is a resolver that shows its work.
type explaining struct {
	*locate.Resolver
	who       string
	chronicle *chronicle
}

// Locate implements sipua.Resolver.
func (e *explaining) Locate(ctx context.Context, now time.Time, q locate.Query) locate.Result {
	r := e.Resolver.Locate(ctx, now, q)
	e.chronicle.add(e.who, r)
	return r
}

// openBoard builds the simulated board from the same configuration as the door.
func (s *stage) openBoard(context.Context) error {
	var err error
	if s.config, err = config.Parse("demo.toml", []byte(s.configText())); err != nil {
		return err
	}
	s.board, err = sim.New(sim.Config{Wiring: firmware.WiringOf(s.config)})
	if err != nil {
		return err
	}
	s.board.SetAcoustics(sim.Acoustics{Microphone: s.mouth.fill, Speaker: s.visitor.hear})
	changes, stop, err := s.board.Watch()
	if err != nil {
		return err
	}
	s.actors.Go(func() {
		defer stop()
		for c := range changes {
			s.chronicle.add("board", c)
		}
	})
	return nil
}

// configText is the configuration a door would have here.
func (s *stage) configText() string {
	account := fmt.Sprintf("[[account]]\nuser = %q\ndomain = %q\npassword = %q\nexpires = \"%.0fs\"\n", doorName, domain, doorPass, asked.Seconds()) +
		fmt.Sprintf("[calls]\nauto_answer = true\nallowed = [%q]\n", deskName)
	target, guards := deskName, fmt.Sprintf("allowed = [%q]\n", deskName)
	if s.options.Phone != "" {
		account, target, guards = "", s.options.Phone, ""
	}
	return account + fmt.Sprintf(`
[station]
name = "demo"
display_name = "Front door"
[network]
rtp_ports = "16384-32767"
[sip]
listen = ["udp:%s", "tcp:%s"]
[[button]]
name = "front"
line = 17
targets = [%q]
[[relay]]
name = "strike"
line = 27
pulse = %q
ceiling = "5s"
[[code]]
digits = %q
relay = "strike"
%s[[lamp]]
name = "power"
line = 5
role = "power"
[[lamp]]
name = "ringing"
line = 6
role = "ringing"
[[lamp]]
name = "call"
line = 13
role = "call"
[[lamp]]
name = "door"
line = 26
role = "door"
[sound]
rate = 16000
[board]
type = "sim"
`, s.localListen(), s.localListen(), target, relayPulse.String(), code, guards)
}

// localListen keeps the door on loopback, unless a real phone is to be rung.
func (s *stage) localListen() string {
	if s.options.Phone != "" {
		return "0.0.0.0:0"
	}
	return "127.0.0.1:0"
}

func (s *stage) openDoor(ctx context.Context) error {
	parts := firmware.Parts{
		Config: s.config, Board: firmware.Guarded(s.board, s.config), Network: s.options.Network,
		Logger: s.options.Logger, Journal: journal{s.chronicle},
		Watch: func(w firmware.Watched) { s.chronicle.add("door", w) },
	}
	if s.dns != "" {
		var err error
		if parts.DNS, err = s.resolver("door"); err != nil {
			return err
		}
	}
	var err error
	if s.door, err = firmware.New(parts); err != nil {
		return err
	}
	life, closeDoor := context.WithCancel(ctx)
	s.close = closeDoor
	s.actors.Go(func() { s.gone <- s.door.Run(life) })
	return nil
}

// journal brings the station's diary to the chronicle.
type journal struct{ chronicle *chronicle }

// Note implements firmware.Journal.
func (j journal) Note(_ time.Time, n firmware.Note) { j.chronicle.add("door", n) }
