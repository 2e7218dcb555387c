package firmware

import (
	"slices"
	"time"

	"intercom/firmware/config"
)

// forgetWrong is how long wrong codes are remembered after the last one: long enough that patient guessing yields a
// few tries a day, short enough that last winter's slips do not lock the door today.
const forgetWrong = 24 * time.Hour

// verdict is what the door policy makes of a digit or of a pause.
type verdict uint8

const (
	verdictNone    verdict = iota // nothing yet, or nothing to say
	verdictOpen                   // a code is complete
	verdictWrong                  // an entry is no code
	verdictLockout                // an entry is no code, and that was one too many
	verdictIgnored                // the digit does not count: locked out, or none may enter codes here
)

// doorPolicy decides which digits open what. It has no relay: it only gives verdicts.
//
//	             digit, may become a code
//	             ┌───────────┐
//	             ▼           │
//	no entry ─► entry ───────┘
//	   ▲          │ equals a code ──────────────────────────► open, wrong codes forgotten
//	   │          │ as long as the longest code, or pause, or end of the call
//	   │          ▼
//	   └─────── wrong ── n-th in a row ──► locked out (doubling) ──► no entry
//
// An entry that a pause or the end of the call cuts off counts as wrong, even if it began well: otherwise an attacker
// could tell a good beginning from a bad one by what is held against him, and find the code digit by digit.
// For the same reason a wrong beginning is not refused before it is as long as the longest code.
type doorPolicy struct {
	settings config.DTMF
	longest  int // digits of the longest code that counts in this call

	codes  []config.Code // that count in this call; none = no call, or not from this party
	entry  []byte
	pause  time.Time     // when the entry is cut off; zero without an entry
	method config.Method // how this call's digits arrive

	wrong       int // in a row, over all calls
	lockouts    int // in a row: each doubles the next
	lockedUntil time.Time
	lastWrong   time.Time
}

// begin admits a call: codes are those that count for its party.
func (d *doorPolicy) begin(codes []config.Code) {
	d.codes, d.entry, d.pause, d.method, d.longest = codes, d.entry[:0], time.Time{}, "", 0
	for _, c := range codes {
		d.longest = max(d.longest, len(c.Digits.Reveal()))
	}
}

// end dismisses the call. What was entered goes with it: a code cannot be split over two calls.
func (d *doorPolicy) end(now time.Time) verdict {
	v := d.cut(now)
	d.begin(nil)
	return v
}

// digit takes a key of the call's other side and returns the code of a verdictOpen.
func (d *doorPolicy) digit(now time.Time, key byte, method config.Method) (verdict, config.Code) {
	if len(d.codes) == 0 || now.Before(d.lockedUntil) {
		return verdictIgnored, config.Code{}
	}
	if !isKey(key) || !d.accepts(method) {
		return verdictNone, config.Code{}
	}
	d.entry = append(d.entry, key)
	d.pause = now.Add(d.settings.Interdigit)
	for _, c := range d.codes {
		if c.Digits.Reveal() == string(d.entry) {
			d.clear()
			d.wrong, d.lockouts = 0, 0
			return verdictOpen, c
		}
	}
	if len(d.entry) >= d.longest {
		return d.cut(now), config.Code{}
	}
	return verdictNone, config.Code{}
}

// accepts binds the call to the first method by which a digit arrives: a phone that sends each digit by two would enter
// every digit twice. Digits found in the sound are the least certain and give way to the others.
func (d *doorPolicy) accepts(method config.Method) bool {
	if !slices.Contains(d.settings.Methods, method) {
		return false
	}
	if d.method == config.DTMFInband && method != config.DTMFInband {
		d.clear()
		d.method = ""
	}
	if d.method == "" {
		d.method = method
	}
	return d.method == method
}

// advance cuts off an entry whose pause is over.
func (d *doorPolicy) advance(now time.Time) verdict {
	if d.pause.IsZero() || now.Before(d.pause) {
		return verdictNone
	}
	return d.cut(now)
}

// cut ends an entry that is no code.
func (d *doorPolicy) cut(now time.Time) verdict {
	if len(d.entry) == 0 {
		return verdictNone
	}
	d.clear()
	if now.Sub(d.lastWrong) > forgetWrong {
		d.wrong, d.lockouts = 0, 0
	}
	d.lastWrong = now
	d.wrong++
	if d.wrong < d.settings.WrongCodes {
		return verdictWrong
	}
	d.lockedUntil = now.Add(d.lockout())
	d.wrong = 0
	d.lockouts++
	return verdictLockout
}

// lockout is the length of the next lockout: doubled for each one before, up to the bound.
func (d *doorPolicy) lockout() time.Duration {
	length := d.settings.Lockout
	for range d.lockouts {
		if length >= d.settings.LockoutMax {
			break
		}
		length *= 2
	}
	return min(length, d.settings.LockoutMax)
}

// clear ends an entry, whatever became of it.
func (d *doorPolicy) clear() {
	clear(d.entry) // the digits of a code do not stay in memory
	d.entry, d.pause = d.entry[:0], time.Time{}
}

// deadline is when advance has a verdict. The end of a lockout is none: it shows at the next digit.
func (d *doorPolicy) deadline() time.Time { return d.pause }

// isKey tells the keys of a telephone; A to D are on none.
func isKey(key byte) bool {
	return key >= '0' && key <= '9' || key == '*' || key == '#'
}

// codesFor selects the codes that count in a call with p, placed by the door or received.
func codesFor(cfg *config.Config, domains []string, p party, placed bool) []config.Code {
	var list []config.Code
	for _, c := range cfg.Codes {
		if placed && c.Placed || (allowList{c.Allowed, domains}).has(p) {
			list = append(list, c)
		}
	}
	return list
}
