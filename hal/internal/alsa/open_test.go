package alsa_test

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
	"intercom/hal/internal/alsa"
	"intercom/hal/internal/alsatest"
)

func TestLosesClock(t *testing.T) {
	fake := alsatest.NewCard("hat")
	synctest.Test(t, func(t *testing.T) {
		fake.Speed = -1
		began := time.Now()
		_, err := alsa.Open(&alsatest.System{Cards: []*alsatest.Card{fake}}, hal.SoundConfig{}, nil)
		if err == nil || !strings.Contains(err.Error(), "BCM 18 and 19") {
			t.Errorf("a card without a clock: %v", err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("it was found after %v", took)
		}
	})
}

func TestRunsFree(t *testing.T) {
	fake := alsatest.NewCard("hat")
	fake.Speed = 50
	synctest.Test(t, func(t *testing.T) {
		_, err := alsa.Open(&alsatest.System{Cards: []*alsatest.Card{fake}}, hal.SoundConfig{}, nil)
		if err == nil {
			t.Fatal("a card that runs free was opened")
		}
		if !strings.Contains(err.Error(), "runs free") {
			t.Errorf("%v, want the reason", err)
		}
	})
}

func TestOpenErrors(t *testing.T) {
	hat := func(change func(*alsatest.Card)) *alsatest.System {
		c := alsatest.NewCard("hat")
		if change != nil {
			change(c)
		}
		return &alsatest.System{Cards: []*alsatest.Card{c, alsatest.NewCard("usb")}}
	}
	with := func(s *alsatest.System, name string, err error) *alsatest.System {
		s.Errors = map[string]error{name: err}
		s.Owners = map[string]string{name: "aplay (process 77)"}
		return s
	}
	for _, test := range []struct {
		name   string
		system *alsatest.System
		config hal.SoundConfig
		says   []string
	}{
		{"no card", &alsatest.System{}, hal.SoundConfig{}, []string{"no sound card", "googlevoicehat-soundcard", "wm8960-soundcard"}},
		{"no list", &alsatest.System{Err: fs.ErrInvalid}, hal.SoundConfig{}, []string{"list the sound devices"}},
		{"other name", hat(nil), hal.SoundConfig{Device: "voice"}, []string{`"voice"`, "hat (Fake hat)", "usb (Fake usb)", "dtoverlay"}},
		{"bad device", hat(nil), hal.SoundConfig{Device: "hw:hat,x"}, []string{`"x"`, "hat,0"}},
		{"no such device", hat(nil), hal.SoundConfig{Device: "hat,3"}, []string{"pcmC0D3p", "no such stream"}},
		{"no permission", with(&alsatest.System{Cards: []*alsatest.Card{alsatest.NewCard("hat")}}, "controlC0", fs.ErrPermission), hal.SoundConfig{}, []string{"controlC0", "group audio"}},
		{"no permission for sound", with(hat(nil), "pcmC0D0p", fs.ErrPermission), hal.SoundConfig{}, []string{"pcmC0D0p", "group audio"}},
		{"busy", with(hat(nil), "pcmC0D0c", syscall.EBUSY), hal.SoundConfig{}, []string{"pcmC0D0c", "aplay (process 77)"}},
		{"no microphone", hat(func(c *alsatest.Card) { c.Deaf = true }), hal.SoundConfig{}, []string{"pcmC0D0c", "both a loudspeaker and a microphone"}},
		{"rate", hat(nil), hal.SoundConfig{Rate: 22050}, []string{"22050", "8000 to 48000 Hz"}},
		{"channels", hat(nil), hal.SoundConfig{Channels: 1}, []string{"2 to 2 channels"}},
		{"buffer", hat(func(c *alsatest.Card) { c.MinBuffer = 1 << 20 }), hal.SoundConfig{}, []string{"cannot do"}},
		{"format", hat(func(c *alsatest.Card) { c.Formats = []uint32{1} }), hal.SoundConfig{}, []string{"S32, S24 or S16", "does not say"}[:1]},
		{"another rate granted", hat(func(c *alsatest.Card) { c.GrantRate = 44100 }), hal.SoundConfig{}, []string{"granted a rate of 44100", "48000"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			card, err := alsa.Open(test.system, test.config, nil)
			if err == nil {
				card.Close()
				t.Fatalf("%s: opened", test.name)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %v\ndoes not say %q", test.name, err, part)
				}
			}
		})
	}
}

// TestNothingIsLeftOpen: after a failed Open the card is free again.
func TestNothingIsLeftOpen(t *testing.T) {
	for _, call := range []uintptr{alsa.CallHwParams, alsa.CallSwParams, alsa.CallPrepare, alsa.CallStart, alsa.CallWrite, alsa.CallRead, alsa.CallStatus} {
		for _, stream := range []string{"p", "c"} {
			fake := alsatest.NewCard("hat")
			system := &alsatest.System{Cards: []*alsatest.Card{fake}}
			failed := false
			fake.Fail = func(s string, number uintptr) error {
				if s == stream && number == call {
					failed = true
					return syscall.EIO
				}
				return nil
			}
			synctest.Test(t, func(t *testing.T) {
				card, err := alsa.Open(system, hal.SoundConfig{}, nil)
				if (err != nil) != failed {
					t.Errorf("call %#x of %s: %v", call, stream, err)
				}
				if err == nil {
					check(t, card.Close())
				}
				fake.Fail = nil
				card, err = alsa.Open(system, hal.SoundConfig{}, nil)
				if err != nil {
					t.Fatalf("after a failed call %#x of %s: %v", call, stream, err)
				}
				check(t, card.Close())
			})
		}
	}
}

func TestPicksCardByID(t *testing.T) {
	system := &alsatest.System{Cards: []*alsatest.Card{alsatest.NewCard("vc4hdmi"), alsatest.NewCard("hat")}}
	for device, want := range map[string]string{"": "vc4hdmi,0", "hat": "hat,0", "hw:hat": "hat,0", "hat,0": "hat,0"} {
		synctest.Test(t, func(t *testing.T) {
			card, err := alsa.Open(system, hal.SoundConfig{Device: device}, nil)
			check(t, err)
			if got := card.Granted().Device; got != want {
				t.Errorf("%q opened %s, want %s", device, got, want)
			}
			check(t, card.Close())
		})
	}
}
