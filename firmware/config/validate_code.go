package config

import (
	"fmt"
	"strings"
)

// Lengths of a door code. A short one is allowed with a warning: behind a lockout and an allow-list it may do.
const (
	shortestCode = 1
	longestCode  = 16
	strongCode   = 4
)

// codes checks the door codes. No finding quotes a code: the list of problems may end in a log.
func (d *decoder) codes(c *Config) {
	for i, code := range c.Codes {
		path := fmt.Sprintf("code[%d]", i)
		d.relay(path+".relay", c, code.Relay)
		if r, ok := c.Relay(code.Relay); ok && code.Pulse > r.Ceiling {
			d.problem(path+".pulse", "is longer than its relay's ceiling of "+formatDuration(r.Ceiling), "write at most that")
		}
		if !code.Placed && len(code.Allowed) == 0 {
			d.problem(path+".allowed", "is empty and placed_calls is off, so that the code never counts", "name callers, or write placed_calls = true")
		}
		d.callers(path+".allowed", code.Allowed)
		if d.places.has(path + ".digits") {
			d.digits(path+".digits", c.Codes[:i], code.Digits.Reveal())
		}
	}
}

// digits checks one code, and against those before it: a code that begins another one would open before the other is
// complete.
func (d *decoder) digits(path string, before []Code, digits string) {
	if len(digits) < shortestCode || len(digits) > longestCode || !onlyOf(digits, "0123456789*#") {
		d.problem(path, "is no door code", fmt.Sprintf("write %d to %d of the keys 0 to 9, * and #", shortestCode, longestCode))
		return
	}
	for i, other := range before {
		o := other.Digits.Reveal()
		switch {
		case o == "":
		case o == digits:
			d.problem(path, fmt.Sprintf("is that of code[%d] too", i), "give each code its own digits")
			return
		case strings.HasPrefix(o, digits), strings.HasPrefix(digits, o):
			d.problem(path, fmt.Sprintf("and code[%d] begin alike: the longer one can never be completed", i), "change one of them")
			return
		}
	}
	if why := weakness(digits); why != "" {
		d.warn(path, "is weak: "+why, "choose six digits or more without a pattern")
	}
}

// weakness says why a code is soon guessed, or "".
func weakness(digits string) string {
	up, down, same := true, true, true
	for i := 1; i < len(digits); i++ {
		up = up && digits[i] == digits[i-1]+1
		down = down && digits[i] == digits[i-1]-1
		same = same && digits[i] == digits[0]
	}
	switch {
	case len(digits) < strongCode:
		return fmt.Sprintf("shorter than %d digits", strongCode)
	case same:
		return "one key only"
	case up, down:
		return "digits in a row"
	default:
		return ""
	}
}
