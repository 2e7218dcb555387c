package transport

import (
	"errors"
	"time"

	"intercom/sipua/sip"
)

// readSize is what one read takes from a stream.
const readSize = 4096

// read reads messages until the stream ends and returns why it did.
func (c *conn) read() error {
	buf := make([]byte, readSize)
	d := c.newDeadlines()
	// One deadline of the socket serves both patiences: it is moved before each read, and looked at when it passes.
	for {
		c.stream.SetReadDeadline(d.next(c))
		// Asked after the deadline is set: interrupt sets its own after ctx has ended, so one of the two is seen.
		if err := c.ctx.Err(); err != nil {
			return err
		}
		n, err := c.stream.Read(buf)
		now := c.layer.now()
		if n > 0 {
			// Bytes that come with an error are still bytes: the last message before the end counts.
			c.touch(now)
			c.framer.Write(buf[:n])
			if isBroken := c.deliver(now, d); isBroken {
				return c.linger(buf)
			}
		}
		switch {
		case err == nil:
		case !isTimeout(err):
			return err
		case d.isOver(c, now):
			return d.reason
		}
	}
}

// deadlines are the two patiences with a peer.
//
//	accepted ----- first message must end ----->|
//	           partial message ---- must end -->|        MessageTimeout
//	last packet ----------------------- idle ------->|   IdleTimeout
type deadlines struct {
	message time.Time // the end of the message that has begun; zero while none has
	reason  error
}

// newDeadlines gives an accepted connection the time of one message to say anything sensible at all.
func (c *conn) newDeadlines() *deadlines {
	d := &deadlines{}
	if c.isAccepted() {
		d.message = c.layer.now().Add(c.layer.limits.MessageTimeout)
	}
	return d
}

// next is the moment to look again.
func (d *deadlines) next(c *conn) time.Time {
	idle := c.layer.opened.Add(time.Duration(c.lastUse.Load()) + c.layer.limits.IdleTimeout)
	if !d.message.IsZero() && d.message.Before(idle) {
		return d.message
	}
	return idle
}

// isOver tells a time-out from a look that was too early since packets were written meanwhile.
func (d *deadlines) isOver(c *conn, now time.Time) bool {
	if now.Before(d.next(c)) {
		return false
	}
	d.reason = ErrIdle
	if !d.message.IsZero() && !now.Before(d.message) {
		d.reason = ErrSlow
	}
	return true
}

// after sets the deadline of a message: it starts with the message and does not move while the message drips in.
func (d *deadlines) after(c *conn, now time.Time, hadFrame bool) {
	switch {
	case !c.framer.IsPartial() && hadFrame:
		d.message = time.Time{}
	case c.framer.IsPartial() && (hadFrame || d.message.IsZero()):
		d.message = now.Add(c.layer.limits.MessageTimeout)
	}
}

// deliver posts everything the framer can cut off. isBroken says that nothing more can be read.
func (c *conn) deliver(now time.Time, d *deadlines) (isBroken bool) {
	hadFrame := false
	for {
		frame, ok := c.framer.Next()
		if !ok {
			d.after(c, now, hadFrame)
			return false
		}
		hadFrame = true
		switch frame.Kind {
		case FrameMessage:
			c.receive(frame.Data)
		case FramePing:
			c.pong()
		case FramePong:
			c.layer.post(Event{Kind: Pong, Flow: c.flow, Local: c.local})
		case FrameBroken:
			c.refuse(frame)
			return true
		}
	}
}

// receive parses a message; a malformed one does no harm to the stream as long as its length was right.
func (c *conn) receive(data []byte) {
	m, err := sip.Parse(data)
	c.layer.deliver(Event{Kind: Received, Flow: c.flow, Local: c.local, Message: m, Err: err})
}

// pong answers a keep-alive (RFC 5626 section 4.4.1).
func (c *conn) pong() {
	if !c.enqueue([]byte("\r\n")) {
		c.stop(&FlowError{Flow: c.flow, Op: "send", Err: ErrOverflow})
	}
}

// refuse reports a message whose end is unknown, if it is a request one can answer.
func (c *conn) refuse(frame Frame) {
	m, _ := sip.Parse(frame.Data)
	if m != nil && (!m.IsRequest() || m.Method == sip.ACK) {
		m = nil
	}
	c.layer.deliver(Event{Kind: Received, Flow: c.flow, Local: c.local, Message: m, Err: frame.Err, IsClosing: true})
}

// linger gives an answer time to leave, and the peer to read it: closing at once, with octets unread, would
// reset the connection and take the answer away. What arrives is thrown away.
func (c *conn) linger(buf []byte) error {
	c.stream.SetReadDeadline(c.layer.now().Add(lingerTime))
	for c.ctx.Err() == nil {
		if _, err := c.stream.Read(buf); err != nil {
			break
		}
	}
	return ErrFraming
}

// write writes packets until the connection is stopped, then what is left if there is time. The error says that
// the peer takes no more.
func (c *conn) write() error {
	for {
		select {
		case p := <-c.queue:
			if err := c.writePacket(p); err != nil {
				c.stop(&FlowError{Flow: c.flow, Op: "write", Err: err})
				return err
			}
		case <-c.ctx.Done():
			return c.flush()
		}
	}
}

// writePacket gives the peer WriteTimeout to make room. A peer that does not read is worth no more: its queue would
// grow, and what is in it grows old.
func (c *conn) writePacket(p []byte) error {
	now := c.layer.now()
	c.stream.SetWriteDeadline(now.Add(c.layer.limits.WriteTimeout))
	if c.ctx.Err() != nil {
		// The interrupt's deadline may have been undone a line ago.
		c.interrupt()
	}
	_, err := c.stream.Write(p)
	c.queued.Add(-int64(len(p)))
	c.touch(now)
	if isTimeout(err) {
		return errors.Join(ErrOverflow, err)
	}
	return err
}

// flush writes what was sent before Close.
func (c *conn) flush() error {
	for c.layer.ctx.Err() != nil {
		select {
		case p := <-c.queue:
			if _, err := c.stream.Write(p); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// deliver counts a received message and posts it, unless it deserves no answer.
func (l *Layer) deliver(e Event) {
	if e.Err == nil {
		l.counters.received.Add(1)
		l.post(e)
		return
	}
	l.counters.malformed.Add(1)
	if e.Message != nil {
		l.post(e)
		return
	}
	l.log.Debug("malformed message dropped", "transport", e.Flow.Transport, "remote", e.Flow.Remote, "error", e.Err)
}
