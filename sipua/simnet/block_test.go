package simnet

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var (
	_ net.PacketConn = (*PacketConn)(nil)
	_ net.Conn       = (*PacketConn)(nil)
	_ net.Conn       = (*Conn)(nil)
	_ net.Listener   = (*listener)(nil)
	_ net.Error      = (*UnreachableError)(nil)
)

// TestBlockedWriteWakes lists everything that must wake a writer whose peer does not read.
func TestBlockedWriteWakes(t *testing.T) {
	tests := []struct {
		name string
		wake func(w *world, door, desk *Conn)
		want error
	}{
		{"own close", func(_ *world, door, _ *Conn) { door.Close() }, net.ErrClosed},
		{"own reset", func(_ *world, door, _ *Conn) { door.Reset() }, net.ErrClosed},
		{"own crash", func(w *world, _, _ *Conn) { w.door.Crash() }, net.ErrClosed},
		{"deadline", func(_ *world, door, _ *Conn) { door.SetWriteDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"both deadlines", func(_ *world, door, _ *Conn) { door.SetDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"peer's reset", func(_ *world, _, desk *Conn) { desk.Reset() }, syscall.ECONNRESET},
		{"peer's close", func(_ *world, _, desk *Conn) { desk.Close() }, syscall.ECONNRESET},
		{"reader", func(_ *world, _, desk *Conn) { io.CopyN(io.Discard, desk, window+1) }, nil},
	}
	for _, test := range tests {
		inWorld(t, Config{Link: Link{Delay: time.Millisecond}}, func(w *world) {
			door, desk := w.stream()
			var wg sync.WaitGroup
			isDone := false
			wg.Go(func() {
				_, err := door.Write(make([]byte, window+1))
				w.wantErr(test.name, err, test.want)
				isDone = true
			})
			pass(time.Hour)
			synctest.Wait()
			if isDone {
				w.Fatalf("%s: the write did not wait", test.name)
			}
			test.wake(w, door, desk)
			wg.Wait()
		})
	}
}

// TestSecondWriterWaitsItsTurn holds that portions of two writers are not mixed, and that the one who waits can
// be woken.
func TestSecondWriterWaitsItsTurn(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		door, desk := w.stream()
		var wg sync.WaitGroup
		wg.Go(func() { door.Write(make([]byte, 2*window)) })
		pass(time.Second)
		wg.Go(func() {
			_, err := door.Write([]byte("second"))
			w.wantErr("the second writer", err, os.ErrDeadlineExceeded)
		})
		pass(time.Second)
		door.SetWriteDeadline(time.Now())
		wg.Wait()
		door.SetWriteDeadline(time.Time{})
		if n, err := io.CopyN(io.Discard, desk, window); n != window || err != nil {
			w.Errorf("%d bytes, %v", n, err)
		}
		w.wantSilence("nothing of the second", desk)
	})
}

func TestHalfClose(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		door, desk := w.stream()
		door.Write([]byte("question"))
		if err := door.CloseWrite(); err != nil {
			w.Error(err)
		}
		_, err := door.Write([]byte("x"))
		w.wantErr("a write after the end", err, syscall.EPIPE)
		w.wantData("the question", desk, "question")
		for range 2 {
			if _, err := desk.Read(make([]byte, 1)); err != io.EOF {
				w.Errorf("the end: %v, want EOF, again and again", err)
			}
		}
		desk.Write([]byte("answer"))
		w.wantData("the answer", door, "answer")
		door.Close()
		w.wantErr("CloseWrite after Close", door.CloseWrite(), net.ErrClosed)
		w.wantErr("SetDeadline after Close", door.SetDeadline(time.Time{}), net.ErrClosed)
	})
}

func TestUnreadBytesSurviveTheEnd(t *testing.T) {
	for _, end := range []func(c *Conn){func(c *Conn) { c.Close() }, (*Conn).Reset} {
		inWorld(t, Config{}, func(w *world) {
			door, desk := w.stream()
			door.Write([]byte("unread"))
			end(door)
			w.wantData("after the end", desk, "unread")
			if _, err := desk.Read(make([]byte, 1)); err == nil {
				w.Error("the end was not told")
			}
		})
	}
}

// TestCloseWithUnreadBytesResets holds the trap of TCP that costs servers their last answer.
func TestCloseWithUnreadBytesResets(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: time.Millisecond}}, func(w *world) {
		door, desk := w.stream()
		door.Write([]byte("nobody reads this"))
		pass(time.Second)
		desk.Write([]byte("answer"))
		desk.Close()
		pass(time.Second)
		n, err := door.Read(make([]byte, 10))
		w.wantErr("in place of the answer", err, syscall.ECONNRESET)
		if n != 0 {
			w.Errorf("%d bytes came with it", n)
		}
	})
}

func TestDialOverAndOver(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: time.Millisecond}}, func(w *world) {
		l, err := w.desk.Listen(context.Background(), "tcp", ":5060")
		if err != nil {
			w.Fatal(err)
		}
		defer l.Close()
		seen := make(map[string]bool)
		for range 500 {
			c := w.dial(w.door, "tcp", "192.0.2.2:5060")
			s, err := l.Accept()
			if err != nil {
				w.Fatal(err)
			}
			if from := s.RemoteAddr().String(); seen[from] || from != c.LocalAddr().String() {
				w.Errorf("accepted from %s, dialled from %v", from, c.LocalAddr())
			} else {
				seen[from] = true
			}
			c.Close()
			s.Close()
		}
		pass(time.Second)
		if n := len(w.door.streams) + len(w.desk.streams); n != 0 {
			w.Errorf("%d streams are left in the tables", n)
		}
	})
}
