package dtmf

import (
	"strings"
	"testing"
	"time"
)

func TestParseInfo(t *testing.T) {
	const relay, plain, event = "application/dtmf-relay", "application/dtmf", "audio/telephone-event"
	ms := time.Millisecond
	tests := []struct {
		contentType, body string
		want              Info
	}{
		{relay, "Signal=8\r\nDuration=120\r\n", Info{'8', 120 * ms}},
		{relay, "Signal=8\nDuration=120", Info{'8', 120 * ms}},
		{relay, "Signal= 5\r\nDuration= 160", Info{'5', 160 * ms}},
		{relay, "signal=#\r\nduration=250\r\n", Info{'#', 250 * ms}},
		{relay, "Signal=*", Info{'*', 0}},
		{relay, "Signal=10\r\nDuration=100", Info{'*', 100 * ms}},
		{relay, "Signal=11\r\nDuration=100", Info{'#', 100 * ms}},
		{relay, "Signal=15\r\n", Info{'D', 0}},
		{relay, "Signal=a\r\n", Info{'A', 0}},
		{relay, "Duration=90\r\nSignal=3\r\n", Info{'3', 90 * ms}},
		{relay, "Signal=3\r\nDuration=ever\r\n", Info{'3', 0}},
		{relay, "Signal=3\r\nDuration=-5\r\n", Info{'3', 0}},
		{relay, "Signal=3\r\nDuration=99999999999999999999\r\n", Info{'3', 0}},
		{relay, "\r\nSignal=7\r\n\r\n", Info{'7', 0}},
		{relay, "4", Info{'4', 0}},
		{"Application/DTMF-Relay; charset=utf-8", "Signal=1\r\n", Info{'1', 0}},
		{plain, "5", Info{'5', 0}},
		{plain, "5\r\n", Info{'5', 0}},
		{plain, " # ", Info{'#', 0}},
		{plain, "11", Info{'#', 0}},
		{plain, "d=200\r\n9", Info{'9', 200 * ms}},
		{plain, "Signal=2\r\n", Info{'2', 0}},
		{event, "6", Info{'6', 0}},
		{event, "\x05\x8a\x03\x20", Info{'5', 100 * ms}},
		{event, "\x0a\x8a\x03\x20", Info{'*', 100 * ms}},
		{event, "\n1\r\n", Info{'1', 0}},
	}
	for _, tt := range tests {
		got, err := ParseInfo(tt.contentType, []byte(tt.body))
		if err != nil || got != tt.want {
			t.Errorf("%s %q: got %c %v, %v; want %c %v", tt.contentType, tt.body, got.Digit, got.Duration, err, tt.want.Digit, tt.want.Duration)
		}
	}
}

func TestParseInfoRefuses(t *testing.T) {
	tests := []struct{ contentType, body, want string }{
		{"application/sdp", "v=0", "application/dtmf-relay"},
		{"", "5", "application/dtmf-relay"},
		{"application/dtmf", "", "no digit"},
		{"application/dtmf", "x", "no digit"},
		{"application/dtmf", "16", "no digit"},
		{"application/dtmf", "123", "no digit"},
		{"application/dtmf", "+1", "no digit"},
		{"application/dtmf-relay", "Signal=\r\nDuration=5", "no digit"},
		{"application/dtmf-relay", "Signal=99", "no digit"},
		{"application/dtmf-relay", "Duration=5", "no digit"},
		{"application/dtmf-relay", strings.Repeat("x", maxInfo+1), "257 bytes"},
		{"audio/telephone-event", "\x10\x8a\x03\x20", "no digit"},
	}
	for _, tt := range tests {
		got, err := ParseInfo(tt.contentType, []byte(tt.body))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: got %+v, %v; want an error with %q", tt.contentType, tt.body, got, err, tt.want)
		}
	}
}

func TestCode(t *testing.T) {
	for i := range len(Digits) {
		if code, ok := Code(Digits[i]); !ok || int(code) != i {
			t.Errorf("Code(%c) = %d, %v", Digits[i], code, ok)
		}
	}
	for _, c := range []byte{'e', 'E', ' ', 0, 255, '+'} {
		if _, ok := Code(c); ok {
			t.Errorf("Code(%q) is a digit", c)
		}
	}
}

func FuzzParseInfo(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=8\r\nDuration=120\r\n"))
	f.Add("application/dtmf", []byte("11"))
	f.Add("audio/telephone-event", []byte("\x05\x8a\x03\x20"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		info, err := ParseInfo(contentType, body)
		if _, ok := Code(info.Digit); ok != (err == nil) {
			t.Fatalf("digit %q with error %v", info.Digit, err)
		}
		if info.Duration < 0 || info.Duration > time.Minute {
			t.Fatalf("duration %v", info.Duration)
		}
	})
}
