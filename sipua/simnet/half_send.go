package simnet

import (
	"bytes"
	"syscall"
	"time"
)

// send puts bytes for which reserve made room on their way.
func (h *half) send(p []byte) { h.sendPiece(piece{data: bytes.Clone(p)}, "") }

// sendPiece draws the travel time. A piece is never due before the one ahead of it, as segments of TCP are put in
// order by the receiver: jitter delays those behind, it does not mix them.
func (h *half) sendPiece(p piece, sign string) {
	n := h.from.net
	now := clock()
	n.show(Packet{At: now, Network: "tcp", Src: h.src, Dst: h.dst, Data: p.data, Sign: sign})
	p.due = now.Add(n.pace(h.from, h.src.Addr(), h.dst.Addr()))
	h.mu.Lock()
	if p.due.Before(h.last) {
		p.due = h.last
	}
	h.last = p.due
	h.pieces = append(h.pieces, p)
	first := !h.isPumping
	h.isPumping = true
	h.mu.Unlock()
	if first {
		n.queue.at(now, p.due, h.pump)
	}
}

// pump lets arrive what is due, in order, and waits for the rest.
func (h *half) pump() {
	n := h.from.net
	for {
		h.mu.Lock()
		if len(h.pieces) == 0 {
			h.isPumping = false
			h.mu.Unlock()
			return
		}
		due := h.pieces[0].due
		h.mu.Unlock()

		now := clock()
		if due.After(now) {
			n.queue.at(now, due, h.pump)
			return
		}
		if to, _ := n.reach(h.from, h.src.Addr(), h.dst.Addr()); to == nil {
			h.tryLater(now)
			return
		}
		h.arrive()
	}
}

// arrive moves the first piece to the reader. Bytes for a reader that closed are answered by a reset, outside
// the lock since a reset without delay arrives at once.
func (h *half) arrive() {
	if h.accept() {
		return
	}
	h.reverse.reset()
}

// accept is false when the piece is not welcome and deserves a reset. The end of a stream does not: two ends may
// close at the same moment.
func (h *half) accept() (welcome bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.retry, h.blocked = 0, 0
	if len(h.pieces) == 0 {
		return true // dropped a moment ago
	}
	p := h.pieces[0]
	h.pieces = h.pieces[1:]
	switch {
	case h.isDeaf:
		h.size -= len(p.data)
		return p.fin
	case p.fin:
		h.isEnded = true
	default:
		h.arrived = append(h.arrived, p.data...)
	}
	h.announceLocked()
	return true
}

// tryLater waits twice as long as the last time, as TCP does, and gives up at the end.
func (h *half) tryLater(now time.Time) {
	h.mu.Lock()
	h.retry = min(max(2*h.retry, minRetry), maxRetry)
	h.blocked += h.retry
	wait, over := h.retry, h.blocked > giveUp
	if over {
		h.isPumping = false
	}
	h.mu.Unlock()
	if over {
		h.reverse.failReader(syscall.ETIMEDOUT)
		return
	}
	h.from.net.queue.at(now, now.Add(wait), h.pump)
}

// reset sends a reset, which like any packet without an acknowledgement can be lost.
func (h *half) reset() {
	n := h.from.net
	now := clock()
	n.show(Packet{At: now, Network: "tcp", Src: h.src, Dst: h.dst, Sign: "rst"})
	h.drop()
	r := n.way(h.from, h.src.Addr(), h.dst.Addr(), 0)
	if r.host == nil || len(r.delays) == 0 {
		return
	}
	n.queue.at(now, now.Add(r.delays[0]), func() { h.failReader(syscall.ECONNRESET) })
}
