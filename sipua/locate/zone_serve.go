package locate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const (
	// Bounds of the server: it is small, and may stand in a network with strangers.
	streamIdle  = 10 * time.Second // a TCP connection without a question is closed (RFC 7766 section 6.2.3)
	maxPending  = 64               // answers being delayed, over UDP
	maxStreams  = 64               // TCP connections at a time
	failurePace = 10 * time.Millisecond
)

// Serve answers on packets and on streams, either of which may be nil, until ctx is done; then it closes both,
// waits for its goroutines and returns nil. It returns an error when one of them fails before.
func (z *Zone) Serve(ctx context.Context, packets net.PacketConn, streams net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	if packets != nil {
		context.AfterFunc(ctx, func() { _ = packets.Close() })
		group.Go(func() { cancel(z.servePackets(ctx, packets)) })
	}
	if streams != nil {
		context.AfterFunc(ctx, func() { _ = streams.Close() })
		group.Go(func() { cancel(z.serveStreams(ctx, streams)) })
	}
	<-ctx.Done()
	group.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("name server: %w", err)
	}
	return nil
}

// servePackets answers datagrams one after the other. A late answer waits on a goroutine of its own, so that the
// questions behind it are not late as well.
func (z *Zone) servePackets(ctx context.Context, packets net.PacketConn) error {
	var group sync.WaitGroup
	defer group.Wait()
	pending := make(chan struct{}, maxPending)
	buffer := make([]byte, 65535)
	for {
		n, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return err
		}
		answer, manner := z.respond("udp", buffer[:n])
		if answer == nil {
			continue
		}
		if manner.Delay == 0 {
			_, _ = packets.WriteTo(answer, from) // who asks and goes away has no answer
			continue
		}
		select {
		case pending <- struct{}{}:
			group.Go(func() {
				defer func() { <-pending }()
				if pause(ctx, manner.Delay) {
					_, _ = packets.WriteTo(answer, from)
				}
			})
		default: // too many answers are late already: this one is lost, as datagrams may be
		}
	}
}

// serveStreams gives each connection a goroutine, up to maxStreams; who comes then is turned away.
func (z *Zone) serveStreams(ctx context.Context, streams net.Listener) error {
	var group sync.WaitGroup
	defer group.Wait()
	places := make(chan struct{}, maxStreams)
	for {
		conn, err := streams.Accept()
		if err != nil {
			return err
		}
		select {
		case places <- struct{}{}:
			group.Go(func() {
				defer func() { <-places }()
				z.serveStream(ctx, conn)
			})
		default:
			_ = conn.Close()
			pause(ctx, failurePace)
		}
	}
}

// serveStream answers the questions of one connection, one after the other, until it is idle or broken.
func (z *Zone) serveStream(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	for {
		idle := time.AfterFunc(streamIdle, func() { _ = conn.Close() })
		question, err := readFrame(conn)
		idle.Stop()
		if err != nil {
			return
		}
		answer, manner := z.respond("tcp", question)
		if answer == nil {
			continue
		}
		if !pause(ctx, manner.Delay) {
			return
		}
		if _, err := conn.Write(frame(answer)); err != nil {
			return
		}
	}
}

// frame puts the two bytes of length before a message (RFC 1035 section 4.2.2).
func frame(message []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
}

// readFrame reads one message with its length. The length cannot ask for more than 64 KiB.
func readFrame(r io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(r, message)
	return message, err
}

// pause waits; it returns false when ctx was done before.
func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
