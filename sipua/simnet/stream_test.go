package simnet

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestStreamBothWays(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: 10 * time.Millisecond}}, func(w *world) {
		start := time.Now()
		door, desk := w.stream()
		w.wantAfter("the handshake", start, 20*time.Millisecond)
		if got := desk.RemoteAddr().String(); got != door.LocalAddr().String() || got != "192.0.2.1:49152" {
			w.Errorf("the desk sees %v, the door is %v", got, door.LocalAddr())
		}
		w.wantSilence("before anything was written", desk)
		start = time.Now()
		door.Write([]byte("INVITE"))
		w.wantData("to the desk", desk, "INVITE")
		w.wantAfter("to the desk", start, 10*time.Millisecond)
		desk.Write([]byte("200"))
		w.wantData("to the door", door, "200")
	})
}

func TestStreamKeepsOrderAndBytes(t *testing.T) {
	links := map[string]Link{
		"perfect": {},
		"jitter":  {Delay: time.Millisecond, Jitter: 50 * time.Millisecond},
		"bad":     {Delay: 5 * time.Millisecond, Loss: 0.3, Reorder: 0.2, Duplicate: 0.2},
	}
	want := make([]byte, 5*window+123)
	for i := range want {
		want[i] = byte(i * i >> 3)
	}
	for name, link := range links {
		inWorld(t, Config{Seed: 5, Link: link}, func(w *world) {
			door, desk := w.stream()
			var wg sync.WaitGroup
			wg.Go(func() {
				for rest := want; len(rest) > 0; {
					n := min(len(rest), 1000)
					if _, err := door.Write(rest[:n]); err != nil {
						w.Error(err)
					}
					rest = rest[n:]
				}
				door.CloseWrite()
			})
			got, err := io.ReadAll(desk)
			if err != nil || !bytes.Equal(got, want) {
				w.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(want))
			}
			wg.Wait()
			desk.Write([]byte("done"))
			w.wantData(name+": after the half-close", door, "done")
		})
	}
}

func TestWriteWaitsForTheReader(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		door, desk := w.stream()
		door.SetWriteDeadline(time.Now().Add(time.Second))
		start := time.Now()
		n, err := door.Write(make([]byte, 2*window))
		w.wantErr("nobody reads", err, os.ErrDeadlineExceeded)
		w.wantAfter("nobody reads", start, time.Second)
		if n != window {
			w.Errorf("%d bytes were accepted, want %d", n, window)
		}
		door.SetWriteDeadline(time.Time{})
		go io.CopyN(io.Discard, desk, 2*window)
		if n, err := door.Write(make([]byte, window)); n != window || err != nil {
			w.Errorf("with a reader: %d, %v", n, err)
		}
	})
}

func TestStreamEnds(t *testing.T) {
	tests := []struct {
		name      string
		end       func(w *world, desk *Conn)
		wantRead  error // of the door after the bytes sent before
		wantWrite error // of the door's second write
	}{
		{"close", func(_ *world, desk *Conn) { desk.Close() }, io.EOF, syscall.ECONNRESET},
		{"reset", func(_ *world, desk *Conn) { desk.Reset() }, syscall.ECONNRESET, syscall.ECONNRESET},
		{"crash", func(w *world, _ *Conn) { w.desk.Crash() }, os.ErrDeadlineExceeded, syscall.ECONNRESET},
	}
	for _, test := range tests {
		inWorld(t, Config{Link: Link{Delay: time.Millisecond}}, func(w *world) {
			door, desk := w.stream()
			desk.Write([]byte("last words"))
			pass(time.Second)
			test.end(w, desk)
			pass(time.Second)
			w.wantData(test.name, door, "last words")
			door.SetReadDeadline(time.Now().Add(time.Second))
			_, err := door.Read(make([]byte, 1))
			w.wantErr(test.name+": read", err, test.wantRead)
			door.SetReadDeadline(time.Time{})

			door.Write([]byte("is anybody there"))
			pass(time.Second)
			_, err = door.Write([]byte("?"))
			w.wantErr(test.name+": write", err, test.wantWrite)
			_, err = desk.Read(make([]byte, 1))
			w.wantErr(test.name+": the end that closed", err, net.ErrClosed)
		})
	}
}

func TestStreamSurvivesAnOutage(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		door, desk := w.stream()
		w.desk.SetDown(true)
		door.Write([]byte("late"))
		w.wantSilence("while down", desk)
		w.desk.SetDown(false)
		w.wantData("when up again", desk, "late")
	})
}

func TestStreamGivesUp(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		door, desk := w.stream()
		w.net.SetCut(w.door.Addrs(), w.desk.Addrs(), true)
		start := time.Now()
		door.Write([]byte("never"))
		_, err := door.Read(make([]byte, 1))
		w.wantErr("the writing end", err, syscall.ETIMEDOUT)
		if d := time.Since(start); d < 10*time.Minute || d > giveUp {
			w.Errorf("it gave up after %v", d)
		}
		w.wantSilence("the other end knows nothing", desk)
	})
}

func TestDialFailures(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(w *world)
		address string
		want    error
		after   time.Duration
	}{
		{"closed port", func(*world) {}, "192.0.2.2:5060", syscall.ECONNREFUSED, 20 * time.Millisecond},
		{"rejected", func(w *world) { w.net.SetRejected(deskAddr, true) }, "192.0.2.2:5060", syscall.EHOSTUNREACH, 10 * time.Millisecond},
		{"down", func(w *world) { w.desk.SetDown(true) }, "192.0.2.2:5060", context.DeadlineExceeded, time.Minute},
		{"firewall", func(w *world) { w.desk.SetStealth(true) }, "192.0.2.2:5060", context.DeadlineExceeded, time.Minute},
		{"nobody", func(*world) {}, "192.0.2.99:5060", context.DeadlineExceeded, time.Minute},
	}
	for _, test := range tests {
		inWorld(t, Config{Link: Link{Delay: 10 * time.Millisecond}}, func(w *world) {
			test.prepare(w)
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			start := time.Now()
			_, err := w.door.Dial(ctx, "tcp", test.address)
			w.wantErr(test.name, err, test.want)
			w.wantAfter(test.name, start, test.after)
		})
	}
}

func TestDialWithoutContextEnds(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		start := time.Now()
		_, err := w.door.Dial(context.Background(), "tcp", "192.0.2.99:5060")
		w.wantErr("absent host", err, syscall.ETIMEDOUT)
		w.wantAfter("absent host", start, 127*time.Second)
	})
}

func TestDialReachesAHostThatComesUp(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		l, err := w.desk.Listen(context.Background(), "tcp", "192.0.2.2:5060")
		if err != nil {
			w.Fatal(err)
		}
		w.desk.SetDown(true)
		time.AfterFunc(2*time.Second, func() { w.desk.SetDown(false) })
		start := time.Now()
		w.dial(w.door, "tcp", "192.0.2.2:5060")
		w.wantAfter("the second repetition", start, 3*time.Second)
		if _, err := l.Accept(); err != nil {
			w.Error(err)
		}
	})
}

func TestAbandonedDialResetsTheServer(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: time.Second}}, func(w *world) {
		l, err := w.desk.Listen(context.Background(), "tcp", ":5060")
		if err != nil {
			w.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
		defer cancel()
		_, err = w.door.Dial(ctx, "tcp", "192.0.2.2:5060")
		w.wantErr("abandoned", err, context.DeadlineExceeded)
		c, err := l.Accept()
		if err != nil {
			w.Fatal(err)
		}
		_, err = c.Read(make([]byte, 1))
		w.wantErr("the accepted end", err, syscall.ECONNRESET)
	})
}

func TestListenerCloseWakesAcceptAndResetsWaiting(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		l, err := w.desk.Listen(context.Background(), "tcp", ":5060")
		if err != nil {
			w.Fatal(err)
		}
		waiting := w.dial(w.door, "tcp", "192.0.2.2:5060")
		l.Close()
		_, err = waiting.Read(make([]byte, 1))
		w.wantErr("never accepted", err, syscall.ECONNRESET)
		_, err = l.Accept()
		w.wantErr("accept", err, net.ErrClosed)
		w.wantErr("second close", l.Close(), net.ErrClosed)

		l2, err := w.desk.Listen(context.Background(), "tcp", ":5060")
		if err != nil {
			w.Fatalf("the port is not free again: %v", err)
		}
		go func() {
			pass(time.Second)
			l2.Close()
		}()
		_, err = l2.Accept()
		w.wantErr("blocked accept", err, net.ErrClosed)
	})
}

func TestBacklogIsBounded(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		if _, err := w.desk.Listen(context.Background(), "tcp", ":5060"); err != nil {
			w.Fatal(err)
		}
		for range backlog {
			w.dial(w.door, "tcp", "192.0.2.2:5060")
		}
		_, err := w.door.Dial(context.Background(), "tcp", "192.0.2.2:5060")
		w.wantErr("beyond the backlog", err, syscall.ECONNREFUSED)
	})
}
