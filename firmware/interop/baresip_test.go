//go:build interop

package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// phone is a baresip under remote control.
type phone struct {
	*program
	street *street
	name   string
	addr   string
	conn   net.Conn

	mu        sync.Mutex
	events    []phoneEvent
	responses chan phoneResponse
	ended     chan struct{}
}

type phoneEvent struct {
	Type      string // REGISTER_OK, CALL_INCOMING, CALL_RINGING, CALL_ESTABLISHED, CALL_CLOSED, ...
	Direction string
	PeerURI   string
	Param     string
	ID        string
}

type phoneResponse struct {
	OK   bool
	Data string
}

// phoneConfig is what tests vary.
type phoneConfig struct {
	User       string  // of users; also the name of the log
	Name       string  // if two phones share a user
	Tone       float64 // Hz that it plays in every call
	AutoAnswer bool
	Register   bool   // at house.test; else it is called by its address
	DNS        string // name server with port; needed to register
	Secret     string // mediaenc, such as srtp-mand; "" means none
	Codecs     string // such as "pcma"; "" means pcma,pcmu
}

const baresipConfig = `poll_method epoll
sip_listen @ADDR@:5060
net_interface @ADDR@
call_local_timeout 120
call_max_calls 4
audio_buffer 20-160
audio_source aufile,@TONE@
ausrc_srate @RATE@
auplay_srate @RATE@
ausrc_channels 1
auplay_channels 1
rtp_ports 20000-20100
rtp_timeout 0
jitter_buffer_delay 1-5
dns_server @DNS@
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module srtp.so
module sndfile.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app debug_cmd.so
module_app ctrl_tcp.so
ctrl_tcp_listen @ADDR@:4444
snd_path @DIR@
`

// startPhone runs a baresip on the address. It has no sound card: it plays its tone from a file, and the sndfile
// filter writes what it decodes to another.
func (s *street) startPhone(addr string, c phoneConfig) *phone {
	s.Helper()
	if c.Name == "" {
		c.Name = c.User
	}
	if c.Codecs == "" {
		c.Codecs = "pcma,pcmu"
	}
	if c.DNS == "" {
		c.DNS = addr + ":9" // discards; a phone called by address asks nothing
	}
	dir := s.path(c.Name)
	account := fmt.Sprintf("<sip:%s@%s>;regint=0", c.User, addr)
	if c.Register {
		account = fmt.Sprintf("<sip:%s@%s>;auth_user=%s;auth_pass=%s;regint=600", c.User, domain, c.User, users[c.User])
	}
	mode := "manual"
	if c.AutoAnswer {
		mode = "auto"
	}
	tone := filepath.Join(dir, "tone.wav")
	s.write(c.Name+"/config", strings.NewReplacer("@ADDR@", addr, "@TONE@", tone, "@RATE@", strconv.Itoa(soundRate),
		"@DNS@", c.DNS, "@DIR@", dir).Replace(baresipConfig))
	if c.Secret != "" {
		account += ";mediaenc=" + c.Secret
	}
	s.write(c.Name+"/accounts", account+";answermode="+mode+";audio_codecs="+c.Codecs+"\n")
	s.write(c.Name+"/contacts", "")
	s.writeTone(tone, c.Tone)
	p := &phone{street: s, name: c.Name, addr: addr, responses: make(chan phoneResponse, 16), ended: make(chan struct{})}
	p.program = s.start(c.Name, "baresip", "-4", "-s", "-v", "-f", dir)
	p.connect()
	if c.Register {
		// The event may have come before the connection that would tell it.
		s.eventually(patience, c.Name+" is registered", func() bool { return strings.Contains(p.command("reginfo", ""), "OK") })
	}
	return p
}

func (p *phone) connect() {
	p.street.Helper()
	p.street.running(p.program, func() bool {
		conn, err := net.Dial("tcp", p.addr+":4444")
		p.conn = conn
		return err == nil
	})
	go p.listen()
	p.street.Cleanup(func() {
		_ = p.conn.Close()
		<-p.ended
	})
}

// listen reads the netstrings of ctrl_tcp: "25:{"event":true,...}," until the connection ends.
func (p *phone) listen() {
	defer close(p.ended)
	in := bufio.NewReader(p.conn)
	for {
		size, err := in.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
		if err != nil || n > 1<<20 {
			return
		}
		text := make([]byte, n+1) // with the comma
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		p.take(text[:n])
	}
}

func (p *phone) take(text []byte) {
	var message struct {
		Event, Response, OK                 bool
		Type, Direction, PeerURI, Param, ID string
		Data                                string
	}
	if err := json.Unmarshal(text, &message); err != nil {
		return
	}
	if message.Response {
		select {
		case p.responses <- phoneResponse{message.OK, message.Data}:
		default:
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, phoneEvent{message.Type, message.Direction, message.PeerURI, message.Param, message.ID})
}

// command runs one of the menu's long commands and returns its output.
func (p *phone) command(command, params string) string {
	p.street.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": params, "token": "test"})
	if err != nil {
		p.street.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.conn, "%d:%s,", len(text), text); err != nil {
		p.street.Fatalf("%s: %s: %v", p.name, command, err)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case response := <-p.responses:
		if !response.OK {
			p.street.Fatalf("%s: %s %s: %s", p.name, command, params, response.Data)
		}
		return response.Data
	case <-timer.C:
		p.street.Fatalf("%s: %s: no answer", p.name, command)
		return ""
	}
}

func (p *phone) dial(uri string) { p.street.Helper(); p.command("dial", uri) }
func (p *phone) accept()         { p.street.Helper(); p.command("accept", "") }
func (p *phone) hangup()         { p.street.Helper(); p.command("hangup", "") }

// keys presses digits in a call: RTP events of RFC 4733.
func (p *phone) keys(digits string) {
	p.street.Helper()
	for _, digit := range digits {
		p.command("sndcode", string(digit))
		p.street.pause(150 * time.Millisecond)
	}
}

// count tells how many events of a type there were.
func (p *phone) count(kind string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, event := range p.events {
		if event.Type == kind {
			n++
		}
	}
	return n
}

// last returns the last event of a type.
func (p *phone) last(kind string) phoneEvent {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.events) - 1; i >= 0; i-- {
		if p.events[i].Type == kind {
			return p.events[i]
		}
	}
	return phoneEvent{}
}

// want waits for the first event of a type and returns the last one.
func (p *phone) want(kind string) phoneEvent {
	p.street.Helper()
	p.street.eventually(patience, p.name+": "+kind, func() bool { return p.count(kind) > 0 })
	return p.last(kind)
}

// recorded returns the newest recording of what the phone heard. It grows during the call.
func (p *phone) recorded() []float32 {
	p.street.Helper()
	found, err := filepath.Glob(filepath.Join(p.street.path(p.name), "dump-*-dec.wav"))
	if err != nil || len(found) == 0 {
		return nil
	}
	data, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		p.street.Fatal(err)
	}
	return p.street.readSound(data)
}
