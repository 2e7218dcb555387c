package haltest

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
)

// A card is an open Sound with buffers of its period, called as a stream engine does: capture, then play.
type card struct {
	hal.Sound
	in, out  []float32
	captured int // samples
	played   int
}

func openCard(t *testing.T, rig Rig) *card {
	t.Helper()
	sound, err := rig.Board.OpenSound(hal.SoundConfig{Rate: 16000})
	must(t, err)
	granter, ok := sound.(hal.Granter)
	if !ok {
		t.Fatal("the Sound does not tell what was granted")
	}
	g := granter.Granted()
	if g.Rate != 16000 || g.Period != hal.DefaultPeriod || g.Periods == 0 || g.Device == "" || g.Channels == 0 {
		t.Fatalf("granted %+v, want 16 kHz, the default period and no empty field", g)
	}
	return &card{Sound: sound, in: make([]float32, 160), out: make([]float32, 160)}
}

// turn is one period: capture, then play what is in out.
func (c *card) turn(t *testing.T) {
	t.Helper()
	must(t, c.Capture(c.in))
	c.captured += len(c.in)
	must(t, c.Play(c.out))
	c.played += len(c.out)
}

func soundPeriod(t *testing.T, rig Rig) {
	c := openCard(t, rig)
	for range 10 {
		c.turn(t)
	}
	began := clock()
	const turns = 6000 // a minute
	for range turns {
		c.turn(t)
	}
	if took := clock().Sub(began); (took - turns*hal.DefaultPeriod).Abs() > time.Millisecond {
		t.Errorf("%d periods took %v, want %v: the card is the clock", turns, took, turns*hal.DefaultPeriod)
	}
	if s := c.Sound.(hal.Granter).Stats(); s != (hal.SoundStats{}) {
		t.Errorf("%+v without a reason", s)
	}
	must(t, c.Close())
}

// measure plays one click and says how many samples after its own index it was captured.
func (c *card) measure(t *testing.T) int {
	t.Helper()
	const place = 37
	c.out[place] = 0.5
	at := c.played + place
	c.turn(t)
	c.out[place] = 0
	for range 200 {
		start := c.captured
		c.turn(t)
		for i, x := range c.in {
			if x > 0.4 {
				return start + i - at
			}
		}
	}
	t.Fatal("the click never came back")
	return 0
}

func soundDelay(t *testing.T, rig Rig) {
	c := openCard(t, rig)
	for range 7 {
		c.turn(t)
	}
	for range 3 {
		if got, told := c.measure(t), c.Delay()+rig.Echo; got != told {
			t.Errorf("a click came back after %d samples, Delay and acoustics say %d", got, told)
		}
	}
	if d := c.Delay(); d < 0 || d > 16000/5 {
		t.Errorf("Delay is %d samples, want less than 200 ms", d)
	}
}

func soundDelayXrun(t *testing.T, rig Rig) {
	c := openCard(t, rig)
	for range 7 {
		c.turn(t)
	}
	if got, told := c.measure(t), c.Delay()+rig.Echo; got != told {
		t.Fatalf("before the xrun: %d samples, told %d", got, told)
	}
	rig.Freewheel()
	for range 10 {
		c.turn(t)
	}
	if got, told := c.measure(t), c.Delay()+rig.Echo; got != told {
		t.Errorf("after an xrun: a click came back after %d samples, told %d", got, told)
	}
	pass(777 * time.Millisecond) // now the caller itself is away
	for range 10 {
		c.turn(t)
	}
	if got, told := c.measure(t), c.Delay()+rig.Echo; got != told {
		t.Errorf("after a pause: a click came back after %d samples, told %d", got, told)
	}
	s := c.Sound.(hal.Granter).Stats()
	if s.Underruns+s.Overruns == 0 {
		t.Errorf("%+v after two xruns, want them counted", s)
	}
}

func soundBusy(t *testing.T, rig Rig) {
	first := openCard(t, rig)
	if _, err := rig.Board.OpenSound(hal.SoundConfig{}); !errors.Is(err, hal.ErrSoundBusy) {
		t.Errorf("a second OpenSound: %v, want ErrSoundBusy", err)
	}
	first.turn(t)
	must(t, first.Close())
	must(t, first.Close())
	again := openCard(t, rig)
	again.turn(t)
	must(t, first.Close()) // the old one must not take the new one's place
	if _, err := rig.Board.OpenSound(hal.SoundConfig{}); !errors.Is(err, hal.ErrSoundBusy) {
		t.Errorf("OpenSound after a late Close of the old Sound: %v, want ErrSoundBusy", err)
	}
	again.turn(t)
}

func soundCloseWakes(t *testing.T, rig Rig) {
	c := openCard(t, rig)
	result := make(chan error, 1)
	go func() {
		pcm := make([]float32, 160)
		for {
			if err := c.Play(pcm); err != nil {
				result <- err
				return
			}
		}
	}()
	pass(time.Second) // Play blocks most of the time
	synctest.Wait()
	must(t, c.Close())
	if err := <-result; !errors.Is(err, hal.ErrClosed) {
		t.Errorf("a blocked Play: %v, want ErrClosed", err)
	}
	if err := c.Capture(c.in); !errors.Is(err, hal.ErrClosed) {
		t.Errorf("Capture after Close: %v, want ErrClosed", err)
	}
}

func soundBoardClose(t *testing.T, rig Rig) {
	c := openCard(t, rig)
	result := make(chan error, 1)
	go func() {
		pcm := make([]float32, 160)
		for {
			if err := c.Capture(pcm); err != nil {
				result <- err
				return
			}
		}
	}()
	pass(100 * time.Millisecond)
	must(t, rig.Board.Close())
	if err := <-result; !errors.Is(err, hal.ErrClosed) {
		t.Errorf("Capture while the board closes: %v, want ErrClosed", err)
	}
	must(t, c.Close())
}

func soundLength(t *testing.T, rig Rig) {
	c := openCard(t, rig)
	for _, n := range []int{0, 159, 161, 320} {
		if err := c.Capture(make([]float32, n)); err == nil {
			t.Errorf("Capture of %d samples succeeded, a period is 160", n)
		}
		if err := c.Play(make([]float32, n)); err == nil {
			t.Errorf("Play of %d samples succeeded, a period is 160", n)
		}
	}
	c.turn(t)
}

func soundConfig(t *testing.T, rig Rig) {
	for _, bad := range []hal.SoundConfig{
		{Rate: 7999}, {Rate: -1}, {Channels: 3}, {Period: time.Millisecond}, {Period: time.Second}, {Periods: 1}, {Periods: 17}, {Microphone: 9},
	} {
		if s, err := rig.Board.OpenSound(bad); err == nil {
			s.Close()
			t.Errorf("OpenSound(%+v) succeeded", bad)
		}
	}
	openCard(t, rig).turn(t) // and nothing of it is left behind
}
