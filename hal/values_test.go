package hal

import (
	"strings"
	"testing"
	"time"
)

func TestKindNames(t *testing.T) {
	for k, want := range map[Kind]string{0: "no event", Pressed: "pressed", Released: "released", InputOn: "input on", InputOff: "input off", Fault: "fault", 99: "no event"} {
		if k.String() != want {
			t.Errorf("kind %d is %q, want %q", k, k, want)
		}
	}
}

// TestErrorsNameTheCure: an installer reads these on a ladder.
func TestErrorsNameTheCure(t *testing.T) {
	w := Wiring{Lamps: []OutputLine{{Name: "ring"}, {Name: "open"}}}
	for _, test := range []struct {
		err  error
		want []string
	}{
		{w.UnknownLamp("x"), []string{`lamp "x"`, "ring, open"}},
		{w.UnknownRelay("x"), []string{`relay "x"`, "add it to the configuration"}},
		{&StuckError{Button: "front", For: time.Minute}, []string{"front", "1m0s", "free the button"}},
		{&NoiseError{Line: "front", Edges: 7}, []string{"front", "7 edges", "shield"}},
		{&NoiseError{Line: "front", Edges: 21, Presses: true}, []string{"21 presses"}},
		{&CutError{Relay: "strike", Ceiling: 30 * time.Second}, []string{"strike", "30s", "switch it off"}},
		{PeriodError("Play", 3, 480), []string{"Play", "3", "480"}},
	} {
		for _, part := range test.want {
			if !strings.Contains(test.err.Error(), part) {
				t.Errorf("%q does not say %q", test.err, part)
			}
		}
	}
}

func TestSoundDefaults(t *testing.T) {
	f := SoundConfig{}.Filled()
	if f.Period != 10*time.Millisecond || f.Periods != 4 || f.Warmup != 200*time.Millisecond || f.Rate != 0 || f.Channels != 0 {
		t.Errorf("defaults %+v", f)
	}
	if err := (SoundConfig{}).Check(); err != nil {
		t.Errorf("the zero value: %v", err)
	}
	if n := (SoundConfig{}).Frames(48000); n != 480 {
		t.Errorf("a period is %d samples, want 480", n)
	}
	if n := (SoundConfig{Period: 20 * time.Millisecond}).Frames(8000); n != 160 {
		t.Errorf("a period is %d samples, want 160", n)
	}
}

func TestSoundRanges(t *testing.T) {
	for _, test := range []struct {
		config SoundConfig
		want   string
	}{
		{SoundConfig{Rate: 7999}, "rate"}, {SoundConfig{Rate: 192001}, "rate"}, {SoundConfig{Rate: -8000}, "rate"},
		{SoundConfig{Channels: 3}, "channels"}, {SoundConfig{Channels: -1}, "channels"},
		{SoundConfig{Period: 2 * time.Millisecond}, "period"}, {SoundConfig{Period: 61 * time.Millisecond}, "period"},
		{SoundConfig{Periods: 1}, "periods"}, {SoundConfig{Periods: 17}, "periods"},
		{SoundConfig{Microphone: ChannelRight + 1}, "channel"},
	} {
		if err := test.config.Check(); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "take") {
			t.Errorf("%+v: %v, want the problem with %s and a cure", test.config, err, test.want)
		}
	}
}
