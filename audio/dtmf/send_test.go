package dtmf

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// drive advances the sender by 10 ms steps and writes down what it sends, one line a packet.
func drive(s *Sender, rate int, from uint32, d time.Duration) []string {
	var lines []string
	tick := uint32(rate / 100)
	for i := range uint32(d / (10 * time.Millisecond)) {
		if out, ok := s.Advance(from + i*tick); ok {
			digit := Digits[out.Payload.Event]
			lines = append(lines, fmt.Sprintf("%d ms: %c T+%d M=%v E=%v %d", i*10, digit, out.Timestamp-from, out.Marker, out.Payload.End, out.Payload.Duration))
		}
	}
	return lines
}

func check(t *testing.T, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSenderTiming(t *testing.T) {
	s := NewSender(SenderConfig{})
	if got := drive(s, 8000, 500, time.Second); got != nil {
		t.Fatalf("an idle sender sends %v", got)
	}
	if err := s.Push("1#"); err != nil {
		t.Fatal(err)
	}
	check(t, drive(s, 8000, 0xFFFFFF00, time.Second), []string{
		"50 ms: 1 T+0 M=true E=false 400",
		"100 ms: 1 T+0 M=false E=true 800",
		"120 ms: 1 T+0 M=false E=true 800",
		"140 ms: 1 T+0 M=false E=true 800",
		"250 ms: # T+1600 M=true E=false 400",
		"300 ms: # T+1600 M=false E=true 800",
		"320 ms: # T+1600 M=false E=true 800",
		"340 ms: # T+1600 M=false E=true 800",
	})
	if !s.Idle() || s.Active() {
		t.Error("not idle after the last digit")
	}
}

func TestSenderAtOtherClocks(t *testing.T) {
	s := NewSender(SenderConfig{ClockRate: 48000, Tone: 160 * time.Millisecond})
	_ = s.Push("d")
	check(t, drive(s, 48000, 0, time.Second), []string{
		"50 ms: D T+0 M=true E=false 2400",
		"100 ms: D T+0 M=false E=false 4800",
		"150 ms: D T+0 M=false E=false 7200",
		"160 ms: D T+0 M=false E=true 7680",
		"180 ms: D T+0 M=false E=true 7680",
		"200 ms: D T+0 M=false E=true 7680",
	})
	s = NewSender(SenderConfig{ClockRate: 16000, Tone: time.Millisecond, Pause: time.Millisecond})
	_ = s.Push("00")
	check(t, drive(s, 16000, 0, 300*time.Millisecond), []string{ // bounded to 40 and 60 ms
		"40 ms: 0 T+0 M=true E=true 640",
		"60 ms: 0 T+0 M=false E=true 640",
		"80 ms: 0 T+0 M=false E=true 640",
		"140 ms: 0 T+1600 M=true E=true 640",
		"160 ms: 0 T+1600 M=false E=true 640",
		"180 ms: 0 T+1600 M=false E=true 640",
	})
}

func TestSenderLongestToneFitsTheDuration(t *testing.T) {
	s := NewSender(SenderConfig{ClockRate: 48000, Tone: time.Hour})
	_ = s.Push("5")
	lines := drive(s, 48000, 0, 2*time.Second)
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, "E=true 48000") {
		t.Errorf("last packet: %s", last)
	}
}

func TestSenderPausesAudio(t *testing.T) {
	s := NewSender(SenderConfig{})
	_ = s.Push("1")
	if s.Active() {
		t.Error("active before the first step")
	}
	active := 0
	for i := range uint32(30) {
		s.Advance(i * 80)
		if s.Active() {
			active++
		}
	}
	if active != 14 {
		t.Errorf("audio paused for %d steps of 10 ms, want 14", active)
	}
}

func TestSenderPushIsAllOrNothing(t *testing.T) {
	s := NewSender(SenderConfig{})
	if err := s.Push("12x"); err == nil || !s.Idle() {
		t.Errorf("error %v, idle %v", err, s.Idle())
	}
	if err := s.Push(strings.Repeat("1", maxQueue)); err != nil {
		t.Fatal(err)
	}
	if err := s.Push("1"); !errors.Is(err, ErrQueueFull) {
		t.Errorf("error %v, want ErrQueueFull", err)
	}
}

func TestSenderToReceiver(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		s, r := NewSender(SenderConfig{ClockRate: rate}), Receiver{}
		_ = s.Push(Digits + "1100**")
		var got []byte
		seq := uint16(65530)
		for i := uint32(0); !s.Idle(); i++ {
			out, ok := s.Advance(0xFFFF0000 + i*uint32(rate/100))
			if !ok {
				continue
			}
			seq++
			if d, ok := r.Receive(Packet{seq, out.Timestamp, out.Marker, out.Payload.Append(nil)}); ok {
				got = append(got, d)
			}
		}
		if string(got) != Digits+"1100**" {
			t.Errorf("%d Hz: got %q", rate, got)
		}
	}
}

func TestSenderAllocatesNothing(t *testing.T) {
	s := NewSender(SenderConfig{})
	var ts uint32
	allocs := testing.AllocsPerRun(1000, func() {
		if s.Idle() {
			_ = s.Push("1")
		}
		s.Advance(ts)
		ts += 80
	})
	if allocs != 0 {
		t.Errorf("%v allocations a step", allocs)
	}
}
