package main

import (
	"context"
	"encoding/binary"
	"math"
	"net"
	"sync"
	"time"
)

// frame is the time between two packets, and packetSize their length: G.711 with an RTP header.
const (
	frame      = 20 * time.Millisecond
	packetSize = 12 + 160
)

// soundFigures are what arrived of the standing call's sound.
type soundFigures struct {
	sent, lost int
	jitter     time.Duration // RFC 3550 section 6.4.1, at the end
	worst      time.Duration // longest time between two packets
}

// sound sends packets from the desk to the door as long as it is on.
type sound struct {
	from *net.UDPConn
	to   *net.UDPConn

	mu       sync.Mutex
	isOn     bool
	figures  soundFigures
	received int
	last     time.Time
	average  float64 // jitter in nanoseconds
}

func openSound(ctx context.Context, all *sync.WaitGroup) (*sound, error) {
	to, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(doorAddr)})
	if err != nil {
		return nil, err
	}
	from, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(deskAddr)}, to.LocalAddr().(*net.UDPAddr))
	if err != nil {
		to.Close()
		return nil, err
	}
	s := &sound{from: from, to: to}
	all.Go(func() { s.send(ctx) })
	all.Go(s.receive)
	return s, nil
}

func (s *sound) start() { s.set(true) }

func (s *sound) set(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isOn = on
}

// end turns the sound off and waits for what is on its way.
func (s *sound) end() soundFigures {
	s.set(false)
	<-time.After(5 * frame)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.figures.lost = s.figures.sent - s.received
	s.figures.jitter = time.Duration(s.average)
	return s.figures
}

func (s *sound) send(ctx context.Context) {
	defer s.to.Close()
	defer s.from.Close()
	ticker := time.NewTicker(frame)
	defer ticker.Stop()
	packet := make([]byte, packetSize)
	for {
		select {
		case now := <-ticker.C:
			s.sendOne(now, packet)
		case <-ctx.Done():
			return
		}
	}
}

func (s *sound) sendOne(now time.Time, packet []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isOn {
		return
	}
	binary.BigEndian.PutUint64(packet, uint64(now.UnixNano()))
	if _, err := s.from.Write(packet); err == nil {
		s.figures.sent++
	}
}

func (s *sound) receive() {
	packet := make([]byte, 2*packetSize)
	for sentBefore := time.Duration(0); ; {
		n, err := s.to.Read(packet)
		if err != nil {
			return
		}
		now, sent := time.Now(), time.Duration(binary.BigEndian.Uint64(packet[:n]))
		s.note(now, sent-sentBefore)
		sentBefore = sent
	}
}

// note takes a packet sent spacing after the one before.
func (s *sound) note(now time.Time, spacing time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.received++; s.received > 1 {
		gap := now.Sub(s.last)
		s.average += (math.Abs(float64(gap-spacing)) - s.average) / 16
		s.figures.worst = max(s.figures.worst, gap)
	}
	s.last = now
}
