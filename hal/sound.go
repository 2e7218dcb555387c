package hal

import (
	"fmt"
	"time"
)

// Sound is an open sound card, the clock of a conversation: samples are float32, mono, -1 to 1 at the granted
// rate. One goroutine at a time calls Capture and one Play.
type Sound interface {
	// Capture blocks until one period has been recorded and fills pcm, whose length must be exactly one
	// period. Lost periods (an xrun) are not an error: Delay changes and Stats counts.
	Capture(pcm []float32) error
	// Play blocks until the card has taken pcm, whose length must be exactly one period. What is beyond -1
	// to 1 is clipped. While nobody plays, the card plays silence.
	Play(pcm []float32) error
	// Delay is in samples: what Play took as its n-th sample since OpenSound is heard, by a microphone right
	// at the loudspeaker, in the sample that Capture gives as its (n+Delay)-th. It is constant but for xruns.
	Delay() int
	// Close stops the card and wakes blocked calls with ErrClosed. A second Close returns nil.
	Close() error
}

// Granter is implemented by a Sound that can say what was really opened and how it fares; the boards of this
// module all do.
type Granter interface {
	// Granted is the configuration in force: Rate, Period, Channels and Device are never zero or empty.
	Granted() SoundConfig
	// Stats are counters since OpenSound.
	Stats() SoundStats
}

// SoundStats counts what went wrong on a card.
type SoundStats struct {
	// Underruns: the loudspeaker ran dry. Overruns: the microphone was not read in time.
	Underruns, Overruns int
}

// Channel says on which channel of a stereo card the microphone is.
type Channel uint8

const (
	// ChannelAuto takes the louder channel of the first second after the warm-up (a MEMS microphone fills
	// one side of the I2S frame only, and which one is a solder jumper).
	ChannelAuto Channel = iota
	// ChannelLeft takes the first channel.
	ChannelLeft
	// ChannelRight takes the second channel.
	ChannelRight
)

// Limits and defaults of a SoundConfig.
const (
	DefaultRate    = 48000
	DefaultPeriod  = 10 * time.Millisecond
	DefaultPeriods = 4
	DefaultWarmup  = 200 * time.Millisecond
)

// MixerSetting sets one control of the card's mixer before the streams start.
type MixerSetting struct {
	// Control is the control's full name, such as "Left Output Mixer PCM Playback Switch".
	Control string
	// Values go to the control's channels; one value serves all channels. Switches take 0 and 1.
	Values []int
}

// SoundConfig says how to open the card. The zero value opens the first card at 48 kHz with 10 ms periods.
type SoundConfig struct {
	// Device is the card's id (as in /proc/asound/cards, e.g. "sndrpigooglevoi"); empty takes the first card.
	Device string
	// Rate in Hz; 0 takes 48000 or else the next the card can of 44100, 32000, 16000, 8000.
	Rate int
	// Channels of the card, 1 or 2; 0 takes what the card can, 2 first. The samples are mono in any case.
	Channels int
	// Period is the length of a Capture or Play, 2.5 to 60 ms; 0 means 10 ms.
	Period time.Duration
	// Periods is the depth of the card's buffer, 2 to 16; 0 means 4.
	Periods int
	// Microphone chooses the channel of a stereo card.
	Microphone Channel
	// Warmup of the microphone is thrown away after opening; 0 means 200 ms, negative none.
	Warmup time.Duration
	// Mixer is set before the streams start, in this order.
	Mixer []MixerSetting
}

// Filled returns c with the documented defaults in place of zero values, Rate and Channels as given (they are
// the card's to choose).
func (c SoundConfig) Filled() SoundConfig {
	if c.Period == 0 {
		c.Period = DefaultPeriod
	}
	if c.Periods == 0 {
		c.Periods = DefaultPeriods
	}
	if c.Warmup == 0 {
		c.Warmup = DefaultWarmup
	}
	return c
}

// Frames is the length of one period in samples at the given rate in Hz.
func (c SoundConfig) Frames(rate int) int {
	return int(c.Filled().Period * time.Duration(rate) / time.Second)
}

// Check tells what is out of range.
func (c SoundConfig) Check() error {
	f := c.Filled()
	switch {
	case f.Rate != 0 && (f.Rate < 8000 || f.Rate > 192000):
		return fmt.Errorf("hal: sound: rate %d Hz is out of range; take 8000 to 192000 or 0 for the card's best", f.Rate)
	case f.Channels < 0 || f.Channels > 2:
		return fmt.Errorf("hal: sound: %d channels; take 1, 2 or 0 for what the card can", f.Channels)
	case f.Period < 2500*time.Microsecond || f.Period > 60*time.Millisecond:
		return fmt.Errorf("hal: sound: period %v is out of range; take 2.5ms to 60ms, best 10ms", f.Period)
	case f.Periods < 2 || f.Periods > 16:
		return fmt.Errorf("hal: sound: %d periods are out of range; take 2 to 16, best 4", f.Periods)
	case f.Microphone > ChannelRight:
		return fmt.Errorf("hal: sound: microphone channel %d is unknown; take auto, left or right", f.Microphone)
	}
	return nil
}

// PeriodError tells that a buffer passed to Capture or Play is not one period long.
func PeriodError(call string, got, want int) error {
	return fmt.Errorf("hal: sound: %s of %d samples; a period is %d", call, got, want)
}
