package firmware

import (
	"time"

	"intercom/firmware/config"
)

// limit ends a conversation that nobody ends, after a warning that leaves time to prolong it.
//
//	start            end-warning          end
//	  │─────────────────│──────────────────│
//	                  beep               hang up
//	  ▲────────────── # ──────────────────┘   (any time) starts anew
type limit struct {
	settings config.Calls
	end      time.Time // zero: no conversation
	warnAt   time.Time // zero: warned, or no warning wanted
}

// start begins the limit, or begins it anew.
func (l *limit) start(now time.Time) {
	l.end, l.warnAt = now.Add(l.settings.Limit), time.Time{}
	if l.settings.Warning > 0 {
		l.warnAt = l.end.Add(-l.settings.Warning)
	}
}

// stop ends it with the conversation.
func (l *limit) stop() { l.end, l.warnAt = time.Time{}, time.Time{} }

// advance tells whether to warn and whether to hang up now.
func (l *limit) advance(now time.Time) (warn, over bool) {
	if l.end.IsZero() {
		return false, false
	}
	if !now.Before(l.end) {
		return false, true
	}
	if !l.warnAt.IsZero() && !now.Before(l.warnAt) {
		l.warnAt = time.Time{}
		return true, false
	}
	return false, false
}

// deadline is the warning, and then the end.
func (l *limit) deadline() time.Time { return earliest(l.warnAt, l.end) }

// earliest returns the earlier of two deadlines; the zero time is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
