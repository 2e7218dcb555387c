package alsa

import (
	"errors"
	"fmt"
	"log/slog"
	"unsafe"

	"intercom/hal"
)

// rates are tried in this order if none is asked for.
var rates = [...]int{48000, 44100, 32000, 16000, 8000}

// Open opens both directions of a card, sets its mixer, starts it and throws the microphone's warm-up away, which
// takes its time. A nil logger is silent.
func Open(sys System, config hal.SoundConfig, logger *slog.Logger) (*Card, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	config = config.Filled()
	ref, err := find(sys, config.Device)
	if err != nil {
		return nil, err
	}
	if err := setMixer(sys, ref, config.Mixer); err != nil {
		return nil, err
	}
	play, err := openPCM(sys, ref.pcm('p'))
	if err != nil {
		return nil, err
	}
	capture, err := openPCM(sys, ref.pcm('c'))
	if err != nil {
		return nil, errors.Join(err, play.Close())
	}
	c := &Card{
		granted: config,
		logger:  logger,
		play:    &stream{name: ref.pcm('p'), device: play},
		capture: &stream{name: ref.pcm('c'), device: capture},
	}
	c.granted.Device = fmt.Sprintf("%s,%d", ref.id, ref.device)
	if err := c.begin(); err != nil {
		return nil, errors.Join(err, closeBoth(play, capture))
	}
	return c, nil
}

func closeBoth(a, b Device) error { return errors.Join(a.Close(), b.Close()) }

// begin agrees on a shape, starts and warms up.
func (c *Card) begin() error {
	s, playChannels, captureChannels, err := c.negotiate()
	if err != nil {
		return err
	}
	if err := c.play.set(s, playChannels); err != nil {
		return err
	}
	if err := c.capture.set(s, captureChannels); err != nil {
		return err
	}
	c.format, c.frames = s.format, s.period
	c.prefill = max(s.periods-2, 1) * s.period
	c.granted.Rate, c.granted.Channels, c.granted.Periods = s.rate, captureChannels, s.periods
	c.mic = newMicrophone(c.granted.Microphone, captureChannels, s.rate)
	c.linked = c.play.device.Link(c.capture.device) == nil
	if err := c.start(); err != nil {
		return err
	}
	return c.warmUp()
}

// negotiate finds the first rate and format that both directions can, each with its own number of channels: I2S
// has one clock for both, and on the Pi one format too.
func (c *Card) negotiate() (s shape, playChannels, captureChannels int, err error) {
	wanted := rates[:]
	if c.granted.Rate != 0 {
		wanted = []int{c.granted.Rate}
	}
	for periods := c.granted.Periods; periods <= 16; periods *= 2 { // some cards want a deeper buffer
		for _, rate := range wanted {
			for i := range formats {
				s = shape{rate, &formats[i], c.granted.Frames(rate), periods}
				playChannels = c.channels(c.play, s)
				captureChannels = c.channels(c.capture, s)
				if playChannels > 0 && captureChannels > 0 {
					return s, playChannels, captureChannels, nil
				}
			}
		}
	}
	return s, 0, 0, c.cannot(wanted)
}

// channels tries those asked for, else 2 and then 1; 0 means none will do.
func (c *Card) channels(st *stream, s shape) int {
	for _, n := range [...]int{2, 1} {
		if (c.granted.Channels == 0 || c.granted.Channels == n) && st.can(s, n) {
			return n
		}
	}
	return 0
}

// cannot says what was tried and what each direction says it can.
func (c *Card) cannot(tried []int) error {
	var can [2]string
	for i, st := range []*stream{c.play, c.capture} {
		p := anything()
		if err := st.device.Control(CallRefine, unsafe.Pointer(&p)); err != nil {
			can[i] = fmt.Sprintf("%s does not say what it can (%v)", st.name, err)
			continue
		}
		r, n, size := p.Intervals[IntervalRate], p.Intervals[IntervalChannels], p.Intervals[IntervalPeriodSize]
		can[i] = fmt.Sprintf("%s can %d to %d Hz, %d to %d channels, periods of %d to %d frames", st.name, r.Min, r.Max, n.Min, n.Max, size.Min, size.Max)
	}
	return fmt.Errorf("alsa: card %s cannot do %v Hz in both directions with %v periods and S32, S24 or S16 samples: %s; %s",
		c.granted.Device, tried, c.granted.Period, can[0], can[1])
}

// start prepares both streams, fills playback with silence and starts both at the same moment.
func (c *Card) start() error {
	c.play.moved, c.capture.moved = 0, 0
	if err := errors.Join(c.play.command(CallPrepare, "prepare"), c.capture.command(CallPrepare, "prepare")); err != nil {
		return err
	}
	if err := c.play.silence(c.prefill); err != nil {
		return err
	}
	if err := c.play.command(CallStart, "start"); err != nil {
		return err
	}
	if c.linked {
		return nil
	}
	return c.capture.command(CallStart, "start")
}

// stop wakes whoever waits. A stream that is stopped already answers with an error nobody needs.
func (c *Card) stop() {
	_ = c.play.command(CallDrop, "stop")
	_ = c.capture.command(CallDrop, "stop")
}

// restart starts anew after the driver has stopped one stream or both. Both pointers are 0 again: the next sample
// captured is the stream's first, the next one played comes after the silence.
func (c *Card) restart() error {
	c.stop()
	if err := c.start(); err != nil {
		return fmt.Errorf("after an xrun: %w", err)
	}
	c.played.offset = int64(c.prefill) - c.played.count
	c.heard.offset = -c.heard.count
	if c.played.active {
		c.stats.Underruns++
	}
	if c.heard.active {
		c.stats.Overruns++
	}
	c.logger.Debug("xrun: started anew", slog.String("card", c.granted.Device))
	return nil
}

// warmUp reads the microphone for its first moments, which are the settling of its bias, while the loudspeaker plays
// silence, and checks the clock against the kernel's: a slave without a clock can run free.
func (c *Card) warmUp() error {
	c.played = ledger{offset: int64(c.prefill)}
	c.heard = ledger{}
	drop := max(int(c.granted.Warmup.Seconds()*float64(c.granted.Rate)), 0) / c.frames
	for range drop {
		if err := c.turn(c.capture, c.read); err != nil {
			return err
		}
	}
	// What was read was not the caller's: its count begins now, at the same position.
	c.heard = ledger{offset: c.heard.offset + c.heard.count}
	return c.checkClock()
}

// checkClock compares the samples since the start with the time since the start.
func (c *Card) checkClock() error {
	var s Status
	if err := c.capture.device.Control(CallStatus, unsafe.Pointer(&s)); err != nil {
		return fmt.Errorf("alsa: %s: status: %w", c.capture.name, err)
	}
	const slack = 2 // twice as fast is no crystal's fault
	took := s.elapsed().Seconds() * float64(c.granted.Rate)
	if float64(s.Hw) > slack*took+float64(c.capture.buffer) {
		return fmt.Errorf("alsa: card %s gave %d samples in the time of %.0f: it runs free, without a clock; check the wiring of BCM 18 and 19 and which side is the clock's master", c.granted.Device, s.Hw, took)
	}
	return nil
}

var (
	_ hal.Sound   = (*Card)(nil)
	_ hal.Granter = (*Card)(nil)
)
