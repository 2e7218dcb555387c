package digest

import (
	"container/list"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// A nonce is base64url of these 32 bytes. It proves itself, so that a challenge leaves nothing
// behind in memory:
//
//	 0        8               16                               32
//	+--------+----------------+--------------------------------+
//	| issued | random         | HMAC-SHA-256 of the first 16,  |
//	| (ns)   |                | cut to 16 bytes                |
//	+--------+----------------+--------------------------------+
const (
	nonceBody  = 16
	nonceBytes = 32
)

// maxNonces bounds the nonces remembered for their counts. They are only remembered after the right
// password, so that the table grows with the telephones and not with the attackers.
const maxNonces = 4096

// nonces makes and checks nonces and remembers which counts were used.
type nonces struct {
	key      [32]byte
	rand     io.Reader
	lifetime time.Duration

	used  map[string]*list.Element // by nonce; values are *counts
	order list.List                // by first use, oldest in front
	// floor is the time of issue of the youngest nonce that was pushed out of the table. What is
	// not younger and not in the table might have been used, so that it is stale.
	floor time.Time
}

// counts is the memory of one nonce: the highest count and which of the 64 up to it were used, as
// UDP may reorder requests. Bit 0 is highest itself.
//
// The window slides with the highest count, newest at the right (bit 0):
//
//	count    highest-63 ... 97  98  99  100 = highest
//	used          0     ...  1   0   1   1
//	                             ^ may come once more; below the window nothing may
type counts struct {
	nonce   string
	issued  time.Time
	highest uint32
	window  uint64
}

// init draws the key. After a restart all nonces are stale, which costs each telephone one 401.
func (n *nonces) init(random io.Reader, lifetime time.Duration) error {
	n.rand, n.lifetime = random, lifetime
	n.used = make(map[string]*list.Element)
	if _, err := io.ReadFull(random, n.key[:]); err != nil {
		return fmt.Errorf("digest: no random bytes for the nonce key: %w", err)
	}
	return nil
}

// make gives a new nonce.
func (n *nonces) make(now time.Time) (string, error) {
	var b [nonceBytes]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixNano()))
	if _, err := io.ReadFull(n.rand, b[8:nonceBody]); err != nil {
		return "", fmt.Errorf("digest: no random bytes for a nonce: %w", err)
	}
	n.seal(&b)
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// seal fills in the MAC. 16 bytes of it are beyond guessing and keep the header field short.
func (n *nonces) seal(b *[nonceBytes]byte) {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(b[:nonceBody])
	copy(b[nonceBody:], mac.Sum(nil))
}

// open tells when a nonce was issued; false if it is not ours, expired, or from the future after
// the clock was set.
func (n *nonces) open(now time.Time, nonce string) (issued time.Time, ok bool) {
	var got, want [nonceBytes]byte
	raw, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if err != nil || len(raw) != nonceBytes {
		return time.Time{}, false
	}
	copy(got[:], raw)
	copy(want[:], raw)
	n.seal(&want)
	if !hmac.Equal(got[:], want[:]) {
		return time.Time{}, false
	}
	issued = time.Unix(0, int64(binary.BigEndian.Uint64(got[:])))
	age := now.Sub(issued)
	return issued, age >= 0 && age < n.lifetime
}

// use marks a nonce and count as used; false if they were before. Without qop there is no count,
// and the nonce is good for one request.
func (n *nonces) use(now, issued time.Time, c *Credentials) bool {
	count := c.Count
	if c.QOP == 0 {
		count = 1
	} else if count == 0 {
		return false
	}
	n.expire(now)
	if element, known := n.used[c.Nonce]; known {
		return c.QOP != 0 && element.Value.(*counts).use(count)
	}
	if !issued.After(n.floor) {
		return false
	}
	n.used[c.Nonce] = n.order.PushBack(&counts{nonce: c.Nonce, issued: issued, highest: count, window: 1})
	if n.order.Len() > maxNonces {
		n.floor = latest(n.floor, n.drop(n.order.Front()).issued)
	}
	return true
}

// use marks one count; false if it was used or is too far behind to tell.
func (c *counts) use(count uint32) bool {
	if count > c.highest {
		c.window = c.window<<(count-c.highest) | 1
		c.highest = count
		return true
	}
	behind := c.highest - count
	if behind >= 64 || c.window>>behind&1 == 1 {
		return false
	}
	c.window |= 1 << behind
	return true
}

// expire drops what open would refuse by its age alone. The order is that of first use, not of
// issue, so that some stay a little longer than they must.
func (n *nonces) expire(now time.Time) {
	for front := n.order.Front(); front != nil; front = n.order.Front() {
		if now.Sub(front.Value.(*counts).issued) < n.lifetime {
			return
		}
		n.drop(front)
	}
}

// drop removes one nonce from both the order and the map.
func (n *nonces) drop(element *list.Element) *counts {
	c := n.order.Remove(element).(*counts)
	delete(n.used, c.nonce)
	return c
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
