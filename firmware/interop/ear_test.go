//go:build interop

package interop

import (
	"net"
	"slices"
	"sync"
	"time"
)

// ear is where SIPp's session descriptions send the sound: port 7000 of its address. It gives every packet back under
// another SSRC, so that the door hears something and does not hang up for want of sound.
type ear struct {
	mu   sync.Mutex
	came []time.Time
	from []string // addresses, each once
}

// listenAt opens the ear of an address until the test ends.
func (s *street) listenAt(addr string) *ear {
	s.Helper()
	conn, err := net.ListenPacket("udp", addr+":7000")
	if err != nil {
		s.Fatal(err)
	}
	e, ended := &ear{}, make(chan struct{})
	go func() {
		defer close(ended)
		e.hear(conn)
	}()
	s.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return e
}

func (e *ear) hear(conn net.PacketConn) {
	packet := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFrom(packet)
		if err != nil {
			return
		}
		e.mu.Lock()
		e.came = append(e.came, time.Now())
		if !slices.Contains(e.from, from.String()) {
			e.from = append(e.from, from.String())
		}
		e.mu.Unlock()
		if n < 12 {
			continue
		}
		packet[8] ^= 0x55 // the SSRC: with its own the door would take itself for a loop
		_, _ = conn.WriteTo(packet[:n], from)
	}
}

// count is how many packets have come.
func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.came)
}

// silences returns the gaps between packets that are longer than half a second.
func (e *ear) silences() []time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []time.Duration
	for i := 1; i < len(e.came); i++ {
		if gap := e.came[i].Sub(e.came[i-1]); gap > 500*time.Millisecond {
			all = append(all, gap)
		}
	}
	return all
}

// sources are the addresses from which packets have come.
func (e *ear) sources() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.from)
}
