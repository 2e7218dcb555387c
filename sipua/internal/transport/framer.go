package transport

import (
	"bytes"

	"intercom/sipua/sip"
)

// Limits of a stream's messages. RFC 3261 section 18.1.1 asks for 65,535 octets of a message as a whole.
const (
	defaultMaxMessage = 65535
	maxHead           = 32 << 10
)

// FrameKind tells what a Framer found.
type FrameKind int

// Kinds of frames.
const (
	// FrameMessage is one whole message.
	FrameMessage FrameKind = iota
	// FramePing is the double CRLF of a client (RFC 5626 section 3.5.1), to be answered by a single one.
	FramePing
	// FramePong is a single CRLF, the answer to our ping.
	FramePong
	// FrameBroken says that nobody knows where the next message starts: the connection must be closed
	// (RFC 3261 section 18.3). Data is the header section, if there is one, so that it can be answered.
	FrameBroken
)

// Frame is one thing found in a stream.
type Frame struct {
	Kind FrameKind
	Data []byte           // aliases the Framer's memory: valid until its next Write
	Err  *sip.SyntaxError // of FrameBroken
}

// Framer cuts a byte stream into messages by their Content-Length. It does no I/O: Write what was read, then call
// Next until it finds nothing more. The zero value is ready, for a connection this side opened.
//
//	CRLF*  start-line CRLF  *(header CRLF)  CRLF  body         CRLF*  start-line ...
//	'-+-'  '--------------- head ----------------'  '--+--'
//	keep-alive                      Content-Length octets
//
// An empty line ends the head just where sip.Parse ends it, bare LF included: two readings of one stream would
// let a message hide inside another.
type Framer struct {
	MaxMessage int  // octets of head and body; 0 is 65,535
	Accepted   bool // the peer opened the connection: it sends pings, while a dialled peer sends pongs

	buf      []byte
	start    int  // of what is not yet cut off
	scan     int  // up to here, from start, no end of a head was found
	need     int  // octets of the message whose head was read; 0 while it is not
	hasCRLF  bool // the first half of a ping was seen
	isBroken bool
}

// Write adds bytes of the stream. It always takes all of p; after FrameBroken it throws them away.
func (f *Framer) Write(p []byte) (int, error) {
	if f.isBroken {
		return len(p), nil
	}
	if f.start > 0 {
		n := copy(f.buf, f.buf[f.start:])
		f.buf, f.start = f.buf[:n], 0
	}
	f.buf = append(f.buf, p...)
	return len(p), nil
}

// IsPartial reports whether the beginning of a message waits for its rest. A peer which keeps it so for long is
// broken or hostile.
func (f *Framer) IsPartial() bool { return !f.isBroken && f.start < len(f.buf) }

// Next cuts off the next frame; ok is false when more bytes are needed, and always after FrameBroken.
func (f *Framer) Next() (frame Frame, ok bool) {
	if f.isBroken {
		return Frame{}, false
	}
	if f.need == 0 {
		if frame, ok = f.nextKeepAlive(); ok {
			return frame, true
		}
		if frame, ok = f.readHead(); ok {
			return frame, true
		}
	}
	if f.need == 0 || len(f.buf)-f.start < f.need {
		return Frame{}, false
	}
	data := f.buf[f.start : f.start+f.need]
	f.start += f.need
	f.need, f.scan = 0, 0
	return Frame{Kind: FrameMessage, Data: data}, true
}

// nextKeepAlive eats the empty lines before a message. Only the side that opened the connection pings, so a
// CRLF means one thing on each side, however the stream was cut into segments.
func (f *Framer) nextKeepAlive() (Frame, bool) {
	for f.start < len(f.buf) {
		rest := f.buf[f.start:]
		switch {
		case rest[0] == '\n':
			f.start++
		case bytes.HasPrefix(rest, []byte("\r\n")):
			f.start += 2
			if !f.Accepted {
				return Frame{Kind: FramePong}, true
			}
			if f.hasCRLF = !f.hasCRLF; !f.hasCRLF {
				return Frame{Kind: FramePing}, true
			}
		default:
			f.hasCRLF = f.hasCRLF && rest[0] == '\r'
			return Frame{}, false
		}
	}
	return Frame{}, false
}

// readHead looks for the end of the header section and learns from it how long the message is. The only frame it
// returns is FrameBroken.
func (f *Framer) readHead() (Frame, bool) {
	rest := f.buf[f.start:]
	if len(rest) == 0 || string(rest) == "\r" {
		return Frame{}, false // perhaps a keep-alive
	}
	if !isToken(rest[0]) {
		return f.broken(nil, 0, "start line", "no SIP message begins like this")
	}
	end := f.findHeadEnd(rest)
	if end > maxHead || (end == 0 && len(rest) > maxHead) {
		return f.broken(nil, 0, "header", "longer than 32 KiB")
	}
	if end == 0 {
		return Frame{}, false
	}
	head := rest[:end]
	length, isPresent, err := sip.ContentLength(head)
	switch {
	case err != nil:
		return f.broken(head, 400, "Content-Length", "two values, or not a number")
	case !isPresent:
		return f.broken(head, 400, "Content-Length", "missing, which a stream cannot do without")
	case length > f.maxMessage()-end:
		return f.broken(head, 513, "Content-Length", "more than this endpoint accepts")
	}
	f.need = end + length
	return Frame{}, false
}

// findHeadEnd returns the length of the head with its empty line, or 0. It looks at each byte once, however
// slowly they come.
func (f *Framer) findHeadEnd(b []byte) int {
	for {
		i := bytes.IndexByte(b[f.scan:], '\n')
		if i < 0 {
			f.scan = len(b)
			return 0
		}
		f.scan += i
		next := b[f.scan+1:]
		switch {
		case bytes.HasPrefix(next, []byte("\n")):
			return f.scan + 2
		case bytes.HasPrefix(next, []byte("\r\n")):
			return f.scan + 3
		case len(next) == 0, len(next) == 1 && next[0] == '\r':
			return 0
		}
		f.scan++
	}
}

// broken throws away the rest: bytes behind a lost message must never be taken for a new one, or whoever controls a
// body could write requests in it.
func (f *Framer) broken(head []byte, status int, field, detail string) (Frame, bool) {
	f.isBroken = true
	f.start = len(f.buf)
	return Frame{
		Kind: FrameBroken,
		Data: head,
		Err:  &sip.SyntaxError{Status: status, Field: field, Detail: detail},
	}, true
}

// maxMessage applies the default.
func (f *Framer) maxMessage() int {
	if f.MaxMessage > 0 {
		return f.MaxMessage
	}
	return defaultMaxMessage
}
