package simnet

import (
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// kinds are connections of which every check of this file must hold: near reads, far is its peer.
func kinds(w *world) map[string]func() (near, far net.Conn) {
	return map[string]func() (net.Conn, net.Conn){
		"datagrams": func() (net.Conn, net.Conn) {
			a := w.packet(w.door, "192.0.2.1:0")
			b := w.dial(w.desk, "udp", a.LocalAddr().String())
			return a, b
		},
		"streams": func() (net.Conn, net.Conn) {
			a, b := w.stream()
			return a, b
		},
	}
}

// onEveryKind runs a check in a bubble of its own for each kind of connection.
func onEveryKind(t *testing.T, check func(w *world, near, far net.Conn)) {
	for _, kind := range []string{"datagrams", "streams"} {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, Config{}, func(w *world) {
				near, far := kinds(w)[kind]()
				check(w, near, far)
			})
		})
	}
}

func TestReadDeadline(t *testing.T) {
	onEveryKind(t, func(w *world, near, far net.Conn) {
		start := time.Now()
		near.SetReadDeadline(start.Add(time.Second))
		_, err := near.Read(make([]byte, 10))
		w.wantErr("at the deadline", err, os.ErrDeadlineExceeded)
		w.wantAfter("at the deadline", start, time.Second)
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			w.Errorf("%v is no time-out for package net", err)
		}

		far.Write([]byte("ready"))
		_, err = near.Read(make([]byte, 10))
		w.wantErr("a passed deadline wins over data", err, os.ErrDeadlineExceeded)
		near.SetReadDeadline(time.Time{})
		w.wantData("without deadline", near, "ready")
	})
}

func TestMovedReadDeadlineWakesTheReader(t *testing.T) {
	moves := []struct {
		name        string
		first, then time.Duration // from now; 0 is never
		want        time.Duration
	}{
		{"to the past", 0, -time.Second, 500 * time.Millisecond},
		{"earlier", time.Hour, time.Second, 1500 * time.Millisecond},
		{"later", time.Second, time.Minute, time.Minute + 500*time.Millisecond},
	}
	for _, move := range moves {
		onEveryKind(t, func(w *world, near, _ net.Conn) {
			at := func(d time.Duration) time.Time {
				if d == 0 {
					return time.Time{}
				}
				return time.Now().Add(d)
			}
			start := time.Now()
			near.SetReadDeadline(at(move.first))
			time.AfterFunc(500*time.Millisecond, func() { near.SetReadDeadline(at(move.then)) })
			_, err := near.Read(make([]byte, 1))
			w.wantErr(move.name, err, os.ErrDeadlineExceeded)
			w.wantAfter(move.name, start, move.want)
		})
	}
}

func TestRemovedDeadlineLetsTheReadGoOn(t *testing.T) {
	onEveryKind(t, func(w *world, near, far net.Conn) {
		near.SetDeadline(time.Now().Add(time.Second))
		time.AfterFunc(500*time.Millisecond, func() { near.SetDeadline(time.Time{}) })
		time.AfterFunc(time.Hour, func() { far.Write([]byte("at last")) })
		w.wantData("an hour later", near, "at last")
	})
}

func TestPassedWriteDeadline(t *testing.T) {
	onEveryKind(t, func(w *world, near, far net.Conn) {
		far.SetWriteDeadline(time.Now().Add(-time.Second))
		_, err := far.Write([]byte("x"))
		w.wantErr("write", err, os.ErrDeadlineExceeded)
		far.SetWriteDeadline(time.Time{})
		far.Write([]byte("y"))
		w.wantData("without deadline", near, "y")
	})
}

func TestCloseWakesEverybody(t *testing.T) {
	onEveryKind(t, func(w *world, near, _ net.Conn) {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := near.Read(make([]byte, 1))
				w.wantErr("a blocked read", err, net.ErrClosed)
			})
		}
		pass(time.Second)
		if err := near.Close(); err != nil {
			w.Errorf("first close: %v", err)
		}
		wg.Wait()
		w.wantErr("second close", near.Close(), net.ErrClosed)
		_, err := near.Read(make([]byte, 1))
		w.wantErr("read", err, net.ErrClosed)
		_, err = near.Write([]byte("x"))
		if err == nil {
			w.Error("a write on a closed connection succeeded")
		}
		w.wantErr("deadline", near.SetReadDeadline(time.Time{}), net.ErrClosed)
		w.wantErr("deadline", near.SetWriteDeadline(time.Time{}), net.ErrClosed)
	})
}

func TestSeveralReadersShare(t *testing.T) {
	onEveryKind(t, func(w *world, near, far net.Conn) {
		var wg sync.WaitGroup
		got := make(chan byte, 100)
		for range 4 {
			wg.Go(func() {
				buf := make([]byte, 1)
				for range 25 {
					if _, err := near.Read(buf); err != nil {
						w.Error(err)
						return
					}
					got <- buf[0]
				}
			})
		}
		for i := range 100 {
			far.Write([]byte{byte(i)})
		}
		wg.Wait()
		seen := make(map[byte]bool)
		for range 100 {
			seen[<-got] = true
		}
		if len(seen) != 100 {
			w.Errorf("%d different bytes arrived, want 100", len(seen))
		}
	})
}

func TestWriterKeepsItsBuffer(t *testing.T) {
	onEveryKind(t, func(w *world, near, far net.Conn) {
		p := []byte("before")
		far.Write(p)
		copy(p, "after!")
		w.wantData("a buffer used again", near, "before")
	})
}
