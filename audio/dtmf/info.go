package dtmf

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Info is a digit that came in the body of a SIP INFO request.
type Info struct {
	Digit    byte
	Duration time.Duration // 0 if the body does not say
}

// maxInfo bounds a body: the longest sane one has about 30 bytes.
const maxInfo = 256

// ParseInfo reads the body of a SIP INFO request. Known content types, with what is found in them in practice:
//
//	application/dtmf-relay   Signal=5 CRLF Duration=160      (Signal may be an event code: 10 is *, 11 is #)
//	application/dtmf         5                               (a bare digit or an event code)
//	audio/telephone-event    5, or the four bytes of RFC 4733
//
// Parameters and letter case of the content type do not matter, and each body is accepted under each type, because
// phones confuse them. Errors say what was wrong; answer them with 415 or 400.
func ParseInfo(contentType string, body []byte) (Info, error) {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch media {
	case "application/dtmf-relay", "application/dtmf", "audio/telephone-event":
	default:
		return Info{}, fmt.Errorf("dtmf: INFO with content type %.60q carries no digit here, set the phone to application/dtmf-relay", contentType)
	}
	if len(body) > maxInfo {
		return Info{}, fmt.Errorf("dtmf: INFO body of %d bytes, a digit takes at most %d", len(body), maxInfo)
	}
	info, err := parseLines(string(body))
	if p, notPayload := ParsePayload(body); err != nil && notPayload == nil && Plausible(body) {
		return Info{Digit: Digits[p.Event], Duration: time.Duration(p.Duration) * time.Second / 8000}, nil
	}
	return info, err
}

// parseLines takes "name=value" lines, or a single line with the digit alone.
func parseLines(body string) (Info, error) {
	var info Info
	found := false
	for line := range strings.Lines(body) {
		name, value, isPair := strings.Cut(line, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !isPair && name == "":
		case name == "duration" || name == "d":
			info.Duration = parseDuration(value)
		case found:
		case !isPair:
			info.Digit, found = signal(strings.TrimSpace(line))
		case name == "signal" || name == "s" || name == "digit":
			info.Digit, found = signal(value)
		}
	}
	if !found {
		return Info{}, fmt.Errorf("dtmf: no digit in INFO body %.40q, expected Signal=<0-9*#A-D>", body)
	}
	return info, nil
}

// parseDuration reads milliseconds; nonsense counts as absent, the digit matters more.
func parseDuration(value string) time.Duration {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 60000 {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// signal reads a digit or a two-figure event code.
func signal(value string) (digit byte, ok bool) {
	value = strings.Trim(value, `"'`)
	if len(value) == 1 {
		code, ok := Code(value[0])
		return Digits[code], ok
	}
	code, err := strconv.ParseUint(value, 10, 8)
	if err != nil || len(value) != 2 || code >= uint64(len(Digits)) {
		return 0, false
	}
	return Digits[code], true
}
