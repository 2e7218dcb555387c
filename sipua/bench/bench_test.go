package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"intercom/sipua/sip"
)

// inProcess is a flood without a second process.
func inProcess(target string, rate int) (func() (int, error), error) {
	in, end := io.Pipe()
	var out bytes.Buffer
	var flood sync.WaitGroup
	var err error
	flood.Go(func() { err = floodUntilEnd(in, &out, target, rate) })
	return func() (int, error) {
		end.Close()
		flood.Wait()
		if n := strings.Count(out.String(), "\n"); n != 2 {
			return 0, errors.New("the flood said " + out.String())
		}
		return rate, err
	}, nil
}

// TestAllConditions lives through the whole measurement, with few calls: they must succeed under a flood as well.
func TestAllConditions(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, settings{rate: 2000, calls: 1}, inProcess); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"quiet", "flood", "no limits", "INVITE to 180", "re-INVITE", "jitter", "CPU"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != len(rows())+1 {
		t.Errorf("%d lines", lines)
	}
}

func TestFloodThatDoesNotStart(t *testing.T) {
	broken := func(string, int) (func() (int, error), error) { return nil, errors.New("no such program") }
	if err := run(t.Context(), io.Discard, settings{rate: 1, calls: 1}, broken); err == nil || !strings.Contains(err.Error(), "flood: no such program") {
		t.Error(err)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, io.Discard, settings{calls: 1}, inProcess); err == nil {
		t.Error("an interrupted measurement is none")
	}
}

// TestJunkIsJunk: a part of it is read as SIP, a part is refused, and none is a message that ends a call.
func TestJunkIsJunk(t *testing.T) {
	kinds := map[string]int{}
	for _, b := range junk("127.0.0.3:5060") {
		m, err := sip.Parse(b)
		switch {
		case err != nil && m == nil:
			kinds["dropped"]++
		case err != nil:
			kinds["refused"]++
		case m.IsRequest():
			kinds[m.Method]++
		default:
			kinds["response"]++
		}
	}
	for _, kind := range []string{"dropped", "refused", "INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "response"} {
		if kinds[kind] < 20 {
			t.Errorf("%d times %s: %v", kinds[kind], kind, kinds)
		}
	}
}

// TestRateIsKept: on the whole, whatever the ticks do.
func TestRateIsKept(t *testing.T) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ended := make(chan struct{})
	time.AfterFunc(200*time.Millisecond, func() { close(ended) })
	began := time.Now()
	sent := pour(ended, []*net.UDPConn{c}, c.LocalAddr().(*net.UDPAddr).AddrPort(), 1000)
	if limit := int(time.Since(began).Seconds()*1000) + 1; sent == 0 || sent > limit {
		t.Errorf("%d sent, %d at most", sent, limit)
	}
}

func TestFloodNeedsATarget(t *testing.T) {
	if err := floodUntilEnd(strings.NewReader(""), io.Discard, "nowhere", 1); err == nil {
		t.Error("no error")
	}
}

func TestJudge(t *testing.T) {
	good := figures{name: "x", sound: soundFigures{sent: 1000, lost: 10}, spent: usage{heap: maxHeap, goroutines: maxGoroutines}}
	if err := judge([]figures{good}); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(f *figures){
		"memory":     func(f *figures) { f.spent.heap++ },
		"goroutines": func(f *figures) { f.spent.goroutines++ },
		"sound":      func(f *figures) { f.sound.lost++ },
	} {
		bad := good
		spoil(&bad)
		if err := judge([]figures{good, bad}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestSpread(t *testing.T) {
	if m, w := spread(nil); m != 0 || w != 0 {
		t.Error(m, w)
	}
	list := []time.Duration{9, 1, 5}
	if m, w := spread(list); m != 5 || w != 9 || list[0] != 9 {
		t.Error(m, w, list)
	}
	if got := millis(1234567 * time.Nanosecond); got != "1.23 ms" {
		t.Error(got)
	}
}

// TestJitter: even packets have none, whatever their delay; one late by 16 ms raises it by 1 ms
// (RFC 3550 section 6.4.1).
func TestJitter(t *testing.T) {
	var s sound
	at := time.Unix(1e9, 0)
	for range 10 {
		s.note(at, frame)
		at = at.Add(frame)
	}
	if s.average != 0 || s.received != 10 {
		t.Errorf("%v after %d", s.average, s.received)
	}
	s.note(at.Add(16*time.Millisecond), frame)
	if s.average != 1e6 || s.figures.worst != frame+16*time.Millisecond {
		t.Errorf("%v, worst %v", s.average, s.figures.worst)
	}
}
