package locate

import (
	"time"

	"github.com/miekg/dns"
)

// retryStale is how long a stale answer is used without asking again once DNS has failed: the failure recheck
// timer of RFC 8767 section 5.
const retryStale = 30 * time.Second

// key names a question of class IN.
type key struct {
	name string // lower case, with the final dot
	kind uint16 // dns.TypeA, ...
}

// String prints the question as in a Step: "SRV _sip._udp.example.com.".
func (k key) String() string { return dns.TypeToString[k.kind] + " " + k.name }

// answer is what DNS says to one question. No records: there are none.
type answer struct {
	records []dns.RR // only of the type asked, CNAMEs already followed
	ttl     time.Duration
	source  Source
	server  string
}

// entry is a cached answer with its dates:
//
//	put            expires                    discard
//	 |--- fresh ----|--- stale, if DNS fails ---|
type entry struct {
	answer  answer
	expires time.Time
	discard time.Time
	retry   time.Time // before this a stale answer is used without asking DNS again
}

// cache keeps answers, positive and negative, by question. It is bounded; the entry next to expire makes room.
// A target's failures are no business of the cache: one failed call must not poison an answer.
type cache struct {
	entries  map[key]entry
	limit    int
	staleFor time.Duration
}

// newCache makes a cache for at most limit questions that keeps what has expired for staleFor.
func newCache(limit int, staleFor time.Duration) cache {
	return cache{entries: make(map[key]entry), limit: limit, staleFor: staleFor}
}

// fresh returns the answer to k if it may be used at now without asking: it is alive, or it is stale and DNS has
// failed a moment ago.
func (c *cache) fresh(now time.Time, k key) (answer, bool) {
	e, ok := c.entries[k]
	switch {
	case !ok:
		return answer{}, false
	case now.Before(e.expires):
		if e.answer.source != FromAdditional {
			e.answer.source = FromCache
		}
		return e.answer, true
	case now.Before(e.retry) && now.Before(e.discard):
		e.answer.source = FromStale
		return e.answer, true
	}
	return answer{}, false
}

// stale returns the expired answer to k after DNS failed, and notes that DNS need not be asked again at once.
func (c *cache) stale(now time.Time, k key) (answer, bool) {
	e, ok := c.entries[k]
	if !ok || !now.Before(e.discard) {
		return answer{}, false
	}
	e.retry = now.Add(retryStale)
	c.entries[k] = e
	e.answer.source = FromStale
	return e.answer, true
}

// put stores an answer. One from an Additional section never replaces a living answer to the question itself.
func (c *cache) put(now time.Time, k key, a answer) {
	old, ok := c.entries[k]
	if ok && a.source == FromAdditional && old.answer.source != FromAdditional && now.Before(old.expires) {
		return
	}
	if !ok && len(c.entries) >= c.limit {
		c.evict(now)
	}
	expires := now.Add(a.ttl)
	// "There is none" is kept as well: a host without SRV records must be found by its A record when DNS fails.
	c.entries[k] = entry{answer: a, expires: expires, discard: expires.Add(c.staleFor)}
}

// evict drops what is past use, or else the entry that expires first.
func (c *cache) evict(now time.Time) {
	var first key
	var date time.Time
	for k, e := range c.entries {
		if !now.Before(e.discard) {
			delete(c.entries, k)
			continue
		}
		if date.IsZero() || e.expires.Before(date) {
			first, date = k, e.expires
		}
	}
	if len(c.entries) >= c.limit {
		delete(c.entries, first)
	}
}
