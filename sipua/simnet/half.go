package simnet

import (
	"io"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// window is how many bytes of one direction may be on their way or unread.
const window = 64 << 10

// Retransmission of streams (RFC 6298 section 2, with the values of Linux).
const (
	minRetry = 200 * time.Millisecond
	maxRetry = 120 * time.Second
	giveUp   = 15 * time.Minute // a stream without its peer ends by ETIMEDOUT
)

// piece is a part of a stream on its way.
type piece struct {
	due  time.Time
	data []byte
	fin  bool
}

// half is one direction of a stream: the bytes on their way, those arrived, and its end. The two ends see
// different errors: what one knows by a time-out the other may never learn.
//
//	         reserve, send        pump, accept          take
//	writer ---------------> pieces ----------> arrived ------> reader
//	       |<------------------ window -------------->|
//
//	what happens                        reader sees      writer sees
//	the writer closes                   rest, io.EOF     -
//	the writer resets                   rest, RESET      -
//	the writer's host crashes           nothing          -
//	the reader closes, bytes arrive     -                RESET
//	the reader closes, bytes unread     -                RESET
//	no way for fifteen minutes          nothing          TIMEDOUT
type half struct {
	from     *Host
	src, dst netip.AddrPort
	reverse  *half

	readable, writable signal

	// Its lock is never held while another half's is wanted: resets go both ways.
	mu        sync.Mutex
	pieces    []piece       // on their way, in order
	isPumping bool          // somebody waits for the first piece and lets it arrive
	last      time.Time     // when the newest piece is due
	retry     time.Duration // the wait before the next try while the peer is out of reach
	blocked   time.Duration // the sum of such waits
	arrived   []byte
	size      int // bytes in pieces and in arrived

	isFinished bool  // the writer closed: nothing follows
	isEnded    bool  // the end has arrived
	isDeaf     bool  // the reader closed: what arrives is answered by a reset
	readErr    error // after what has arrived
	writeErr   error // at once
}

// newHalf makes one direction; the caller joins it to its reverse.
func newHalf(from *Host, src, dst netip.AddrPort) *half {
	return &half{from: from, src: src, dst: dst, readable: newSignal(), writable: newSignal()}
}

// take is the reader's side: ready is false when it has to wait.
func (h *half) take(p []byte) (n int, ready bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.arrived) > 0 || len(p) == 0 {
		n = copy(p, h.arrived)
		h.arrived = h.arrived[n:]
		h.size -= n
		h.writable.set()
		h.announceLocked()
		return n, true, nil
	}
	h.announceLocked()
	switch {
	case h.readErr != nil:
		return 0, true, h.readErr
	case h.isEnded:
		return 0, true, io.EOF
	}
	return 0, false, nil
}

// announceLocked wakes the next reader when there is something to be told.
func (h *half) announceLocked() {
	if len(h.arrived) > 0 || h.isEnded || h.readErr != nil {
		h.readable.set()
	}
}

// reserve is the writer's side: it takes up to n bytes of the window.
func (h *half) reserve(n int) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.writeErr != nil:
		return 0, h.writeErr
	case h.isFinished:
		return 0, syscall.EPIPE
	}
	n = min(n, window-h.size)
	h.size += n
	return n, nil
}

// finish sends the end behind what was written.
func (h *half) finish() {
	h.mu.Lock()
	again := h.isFinished || h.writeErr != nil
	h.isFinished = true
	h.mu.Unlock()
	if !again {
		h.sendPiece(piece{fin: true}, "fin")
	}
}

// deafen is the reader's farewell. The window stays as it is: a waiting writer is woken by the reset that comes.
func (h *half) deafen() (hadUnread bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isDeaf = true
	hadUnread = len(h.arrived) > 0
	h.arrived = nil
	return hadUnread
}

// drop forgets what is on its way.
func (h *half) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	// Not even the end is told: the peer of a crashed host waits until it writes itself.
	h.isFinished = true
	h.dropLocked()
}

// dropLocked takes back the window of what will never arrive.
func (h *half) dropLocked() {
	for _, p := range h.pieces {
		h.size -= len(p.data)
	}
	h.pieces = nil
}

// failReader ends the end which reads this half: its reads, and its writes to the other half, return err.
func (h *half) failReader(err error) {
	h.mu.Lock()
	h.readErr = err
	h.announceLocked()
	h.mu.Unlock()

	r := h.reverse
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writeErr = err
	r.dropLocked()
	r.writable.set()
}
