package alsa_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
	"intercom/hal/internal/alsa"
	"intercom/hal/internal/alsatest"
)

// rig is an open card over a fake, called in turns of capture and play.
type rig struct {
	t        *testing.T
	fake     *alsatest.Card
	card     *alsa.Card
	in, out  []float32
	captured int
	played   int
}

// bubble opens a fake card under a simulated clock.
func bubble(t *testing.T, fake *alsatest.Card, config hal.SoundConfig, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		card, err := alsa.Open(&alsatest.System{Cards: []*alsatest.Card{fake}}, config, nil)
		if err != nil {
			t.Fatal(err)
		}
		n := card.Granted().Frames(card.Granted().Rate)
		r := &rig{t: t, fake: fake, card: card, in: make([]float32, n), out: make([]float32, n)}
		f(r)
		check(t, card.Close())
		check(t, card.Close())
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) turn() {
	r.t.Helper()
	check(r.t, r.card.Capture(r.in))
	r.captured += len(r.in)
	check(r.t, r.card.Play(r.out))
	r.played += len(r.out)
}

// wantDelay plays a click and compares where it comes back with what Delay says.
func (r *rig) wantDelay(what string) {
	r.t.Helper()
	const place = 5
	r.out[place] = 0.5
	at := r.played + place
	r.turn()
	r.out[place] = 0
	for range 100 {
		start := r.captured
		r.turn()
		for i, x := range r.in {
			if x > 0.4 {
				if got, told := start+i-at, r.card.Delay()+r.fake.Echo; got != told {
					r.t.Errorf("%s: a click came back after %d samples, told %d", what, got, told)
				}
				return
			}
		}
	}
	r.t.Fatalf("%s: the click never came back", what)
}

func TestFormatsAndChannels(t *testing.T) {
	for _, format := range []uint32{alsatest.S32, alsatest.S24, alsatest.S24x3, alsatest.S16} {
		for _, channels := range []int{1, 2} {
			for mic := range channels {
				fake := alsatest.NewCard("hat")
				fake.Formats, fake.Channels, fake.MicChannel = []uint32{format}, []int{channels}, mic
				bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
					if g := r.card.Granted(); g.Rate != 48000 || g.Channels != channels || g.Device != "hat,0" {
						t.Errorf("granted %+v", g)
					}
					for i := range r.out { // something to hear, so that the microphone's side is found
						r.out[i] = 0.1 * float32(i%2)
					}
					r.turn()
					clear(r.out)
					for range 10 {
						r.turn()
					}
					r.wantDelay(fmt.Sprintf("format %d, microphone %d of %d", format, mic, channels))
				})
			}
		}
	}
}

func TestBestFormatFirst(t *testing.T) {
	fake := alsatest.NewCard("usb")
	fake.Formats = []uint32{alsatest.S16, alsatest.S24x3, alsatest.S32}
	fake.Channels = []int{1, 2}
	bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
		r.out[0] = 1.0 / (1 << 22) // lost in 16 bits
		r.turn()
		for range 20 {
			for _, x := range r.in {
				if x == r.out[0] {
					return
				}
			}
			r.turn()
		}
		t.Error("the quiet sample was lost: not the best format")
	})
}

func TestRates(t *testing.T) {
	for _, test := range []struct {
		can  []int
		want int
	}{{[]int{8000, 48000, 96000}, 48000}, {[]int{16000, 44100}, 44100}, {[]int{16000, 32000}, 32000}, {[]int{8000, 16000}, 16000}, {[]int{8000}, 8000}} {
		fake := alsatest.NewCard("usb")
		fake.Rates = test.can
		bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
			if got := r.card.Granted().Rate; got != test.want {
				t.Errorf("of %v: %d, want %d", test.can, got, test.want)
			}
			r.turn()
		})
	}
}

func TestDeeperBufferIsTaken(t *testing.T) {
	fake := alsatest.NewCard("usb")
	fake.MinBuffer = 3000
	bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
		if got := r.card.Granted().Periods; got != 8 {
			t.Errorf("%d periods, want 8", got)
		}
		r.turn()
		r.wantDelay("deep buffer")
	})
}

func TestDelayOverXruns(t *testing.T) {
	for _, noLink := range []bool{false, true} {
		fake := alsatest.NewCard("hat")
		fake.NoLink = noLink
		bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
			r.turn()
			r.wantDelay("at the start")
			steady := r.card.Delay()
			if limit := 4 * 480; steady < 480 || steady > limit {
				t.Errorf("delay %d, want one period to %d", steady, limit)
			}
			fake.Stumble()
			r.turn()
			r.wantDelay("after the driver stopped")
			if fake.Starts() != 4 { // two streams, twice
				t.Errorf("%d starts, want 4", fake.Starts())
			}
			for _, pause := range []time.Duration{15 * time.Millisecond, 30 * time.Millisecond, 45 * time.Millisecond, 3 * time.Second} {
				time.Sleep(pause)
				r.turn()
				r.wantDelay("after a pause of " + pause.String())
			}
			if fake.Starts() != 4 {
				t.Errorf("%d starts: a caller's pause stopped the card", fake.Starts())
			}
			if s := r.card.Stats(); s.Underruns < 2 || s.Overruns < 2 {
				t.Errorf("%+v, want the stumble and the long pause counted", s)
			}
		})
	}
}

func TestSilenceForEver(t *testing.T) {
	fake := alsatest.NewCard("hat")
	bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
		time.Sleep(2 * time.Hour)
		if !fake.IsPlaying() || fake.Starts() != 2 {
			t.Errorf("playing %v, %d starts: the amplifier would have switched off", fake.IsPlaying(), fake.Starts())
		}
		if s := r.card.Stats(); s != (hal.SoundStats{}) {
			t.Errorf("%+v without a caller", s)
		}
		before := r.card.Delay()
		r.turn()
		if s := r.card.Stats(); s != (hal.SoundStats{}) {
			t.Errorf("%+v after the first turn: nobody took part before", s)
		}
		r.wantDelay("after two hours")
		if before < 0 {
			t.Errorf("delay %d before the first turn", before)
		}
	})
}

// TestAfterAWeek: the pointers have gone round more than once and say nothing any more.
func TestAfterAWeek(t *testing.T) {
	for hours := 4; hours < 7*24; hours += 3 {
		fake := alsatest.NewCard("hat")
		bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
			time.Sleep(time.Duration(hours) * time.Hour)
			began := time.Now()
			r.turn()
			r.turn()
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("after %d h two turns took %v", hours, took)
			}
		})
	}
}

func TestPointersWrap(t *testing.T) {
	fake := alsatest.NewCard("hat")
	bubble(t, fake, hal.SoundConfig{Rate: 48000}, func(r *rig) {
		r.turn()
		// The fake's pointers wrap at 2^30 frames, 6 h 12 min; sleep to just before.
		time.Sleep(time.Duration(1<<30)*time.Second/48000 - time.Second)
		for range 300 { // three seconds over the wrap
			r.turn()
		}
		r.wantDelay("after the wrap")
		if s := r.card.Stats(); s.Overruns > 1 || s.Underruns > 1 {
			t.Errorf("%+v, want the one pause", s)
		}
	})
}

func TestWarmUp(t *testing.T) {
	for _, test := range []struct{ warm, want time.Duration }{{0, 200 * time.Millisecond}, {50 * time.Millisecond, 50 * time.Millisecond}, {-1, 0}} {
		began := time.Now()
		synctest.Test(t, func(t *testing.T) {
			began = time.Now()
			card, err := alsa.Open(&alsatest.System{Cards: []*alsatest.Card{alsatest.NewCard("hat")}}, hal.SoundConfig{Warmup: test.warm}, nil)
			check(t, err)
			if took := time.Since(began); took != test.want {
				t.Errorf("warm-up %v took %v, want %v", test.warm, took, test.want)
			}
			check(t, card.Capture(make([]float32, 480)))
			if took := time.Since(began); took != test.want+10*time.Millisecond {
				t.Errorf("the first period came after %v", took)
			}
			check(t, card.Close())
		})
	}
}

func TestPlayAndCaptureApart(t *testing.T) {
	fake := alsatest.NewCard("hat")
	bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
		done := make(chan int)
		go func() {
			n := 0
			pcm := make([]float32, 480)
			for r.card.Play(pcm) == nil {
				n++
			}
			done <- n
		}()
		for i := range 1000 {
			if i == 500 {
				fake.Stumble()
			}
			check(t, r.card.Capture(r.in))
		}
		check(t, r.card.Close())
		if n := <-done; n < 990 || n > 1010 {
			t.Errorf("%d periods played in the time of 1000", n)
		}
		if err := r.card.Capture(r.in); !errors.Is(err, hal.ErrClosed) {
			t.Errorf("Capture after Close: %v", err)
		}
	})
}

func TestDriverErrors(t *testing.T) {
	gone := fmt.Errorf("unplugged: %w", syscall.ENODEV)
	for _, test := range []struct {
		name   string
		call   uintptr
		stream string
		err    error
		says   string
	}{
		{"unplugged", alsa.CallRead, "c", gone, "plug it in"},
		{"unplugged while playing", alsa.CallWrite, "p", gone, "plug it in"},
		{"stumbles for ever", alsa.CallRead, "c", syscall.EPIPE, "too slow"},
		{"suspended for ever", alsa.CallSyncPtr, "p", syscall.ESTRPIPE, "too slow"},
		{"cannot start", alsa.CallForward, "c", syscall.EINVAL, "invalid argument"},
	} {
		fake := alsatest.NewCard("hat")
		bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
			r.turn()
			time.Sleep(time.Second)
			fake.Fail = func(stream string, number uintptr) error {
				if stream == test.stream && number == test.call {
					return test.err
				}
				return nil
			}
			err := r.card.Capture(r.in)
			if err == nil {
				err = r.card.Play(r.out)
			}
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v, want %q", test.name, err, test.says)
			}
			fake.Fail = nil
			r.turn() // and it goes on when the trouble is over
		})
	}
}

func TestRestartThatFails(t *testing.T) {
	fake := alsatest.NewCard("hat")
	bubble(t, fake, hal.SoundConfig{}, func(r *rig) {
		r.turn()
		fake.Stumble()
		fake.Fail = func(_ string, number uintptr) error {
			if number == alsa.CallPrepare {
				return syscall.ENODEV
			}
			return nil
		}
		if err := r.card.Capture(r.in); !errors.Is(err, syscall.ENODEV) || !strings.Contains(err.Error(), "after an xrun") {
			t.Errorf("%v", err)
		}
		fake.Fail = nil
		r.turn()
		r.wantDelay("after a failed restart")
	})
}

func TestTurnAllocatesNothing(t *testing.T) {
	bubble(t, alsatest.NewCard("hat"), hal.SoundConfig{}, func(r *rig) {
		for range 10 {
			r.turn()
		}
		// The fake's timers allocate; a turn that need not wait has none.
		time.Sleep(25 * time.Millisecond)
		if n := testing.AllocsPerRun(1, func() { r.turn() }); n > 0 {
			t.Errorf("a turn allocates %v times", n)
		}
	})
}
