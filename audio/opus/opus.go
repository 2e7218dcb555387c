package opus

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/thesyncim/gopus"
)

// ClockRate is the RTP clock of Opus in Hz, whatever the sampling rate (RFC 7587 section 4.1).
const ClockRate = 48000

// Config describes an Encoder. The zero value works.
type Config struct {
	// Rate of the samples in Hz: 8000, 12000, 16000, 24000 or 48000; 0 means 16000.
	Rate int
	// Bitrate in bit/s, 6000 to 64000; 0 means 24000, which is 20000 for the voice and the rest for redundancy.
	Bitrate int
	// ExpectedLoss is the loss in percent that the redundancy is made for, up to 50; 0 means 10.
	ExpectedLoss int
	// NoRedundancy leaves the in-band error correction out.
	NoRedundancy bool
	// Complexity of the search, 1 to 10; 0 means 4, which costs half of 10 for a quality hard to tell from it.
	Complexity int
	// SilenceSuppression sends a packet of one or two bytes, in pauses (DTX). The room's noise then stops for
	// the listener.
	SilenceSuppression bool
	// Constant keeps all packets of one length, which hides from a listener on the line how words are formed.
	Constant bool
}

func (c Config) rate() int         { return or(c.Rate, 16000) }
func (c Config) bitrate() int      { return or(c.Bitrate, 24000) }
func (c Config) expectedLoss() int { return or(c.ExpectedLoss, 10) }
func (c Config) complexity() int   { return or(c.Complexity, 4) }

func or(v, standard int) int {
	if v == 0 {
		return standard
	}
	return v
}

// Check names the first field that is out of range.
func (c Config) Check() error {
	if err := checkRate(c.rate()); err != nil {
		return err
	}
	if b := c.bitrate(); b < minBitrate || b > maxBitrate {
		return fmt.Errorf("opus: a bit rate of %d bit/s is out of range: choose %d to %d", b, minBitrate, maxBitrate)
	}
	if l := c.expectedLoss(); l < 0 || l > 50 {
		return fmt.Errorf("opus: an expected loss of %d %% is out of range: choose 0 to 50", l)
	}
	if x := c.complexity(); x < 1 || x > 10 {
		return fmt.Errorf("opus: a complexity of %d is out of range: choose 1 to 10", x)
	}
	return nil
}

const (
	minBitrate = 6000
	maxBitrate = 64000
)

func checkRate(rate int) error {
	switch rate {
	case 8000, 12000, 16000, 24000, 48000:
		return nil
	}
	return fmt.Errorf("opus: a rate of %d Hz is not supported: choose 8000, 12000, 16000, 24000 or 48000", rate)
}

// Fmtp is what a Decoder of this rate tells the peer in SDP (RFC 7587 section 6.1): that it profits from redundancy and
// plays nothing above its rate.
func (c Config) Fmtp() string {
	return fmt.Sprintf("useinbandfec=1; stereo=0; maxplaybackrate=%d; sprop-maxcapturerate=%d", c.rate(), c.rate())
}

// Heed answers the Config as the peer wants to be sent to, by the fmtp of its SDP. Parameters that are unknown, malformed or
// beyond what Config allows count as absent, as RFC 7587 section 6.1 leaves the sender free.
func (c Config) Heed(fmtp string) Config {
	isWanted := false
	for part := range strings.SplitSeq(fmtp, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "useinbandfec":
			isWanted = n == 1
		case "usedtx":
			c.SilenceSuppression = c.SilenceSuppression && n == 1
		case "cbr":
			c.Constant = c.Constant || n == 1
		case "maxaveragebitrate":
			if n >= minBitrate {
				c.Bitrate = min(c.bitrate(), n)
			}
		}
	}
	// The default of useinbandfec is 0: who does not ask for redundancy makes no use of it.
	c.NoRedundancy = c.NoRedundancy || !isWanted
	return c
}

// maxPacket is the longest payload of one packet that a frame up to 60 ms can take.
const maxPacket = 1275

// Encoder turns speech into Opus packets. Make it with NewEncoder.
type Encoder struct {
	rate    int
	encoder *gopus.Encoder
	size    int // samples of the last packet, which the library has to be told
	pcm     []float32
	packet  []byte
}

// NewEncoder answers an encoder; errors name the field of the Config that is out of range.
func NewEncoder(c Config) (*Encoder, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	lib, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: c.rate(), Channels: 1, Application: gopus.ApplicationVoIP})
	if err != nil {
		return nil, fmt.Errorf("opus: %w", err)
	}
	if err := configure(lib, c); err != nil {
		return nil, fmt.Errorf("opus: %w", err)
	}
	return &Encoder{rate: c.rate(), encoder: lib, pcm: make([]float32, c.rate()*60/1000), packet: make([]byte, maxPacket)}, nil
}

func configure(lib *gopus.Encoder, c Config) error {
	lib.SetVBR(!c.Constant)
	lib.SetVBRConstraint(true)
	lib.SetDTX(c.SilenceSuppression)
	if err := lib.SetBitrate(c.bitrate()); err != nil {
		return err
	}
	if err := lib.SetComplexity(c.complexity()); err != nil {
		return err
	}
	if err := lib.SetSignal(gopus.SignalVoice); err != nil {
		return err
	}
	if c.NoRedundancy {
		return nil
	}
	if err := lib.SetInBandFEC(gopus.InBandFECEnabled); err != nil {
		return err
	}
	return lib.SetPacketLoss(c.expectedLoss())
}

// Encode appends the payload of one packet of 10, 20, 40 or 60 ms to payload. In a pause with SilenceSuppression it may
// append one or two bytes, which need not be sent.
func (e *Encoder) Encode(payload []byte, pcm []float32) ([]byte, error) {
	if err := e.setSize(len(pcm)); err != nil {
		return payload, err
	}
	n, err := e.encoder.Encode(tame(e.pcm[:0], pcm), e.packet)
	if err != nil {
		return payload, fmt.Errorf("opus: encoding %d samples: %w", len(pcm), err)
	}
	return append(payload, e.packet[:n]...), nil
}

func (e *Encoder) setSize(n int) error {
	if n == e.size && n > 0 {
		return nil
	}
	switch n * 100 {
	case e.rate, 2 * e.rate, 4 * e.rate, 6 * e.rate:
	default:
		return fmt.Errorf("opus: %d samples at %d Hz are no packet: give 10, 20, 40 or 60 ms", n, e.rate)
	}
	if err := e.encoder.SetFrameSize(n); err != nil {
		return fmt.Errorf("opus: packets of %d samples: %w", n, err)
	}
	e.size = n
	return nil
}

// tame appends pcm held to full scale and without what is no sample: one NaN would stay in the encoder's filters for ever.
func tame(dst, pcm []float32) []float32 {
	for _, v := range pcm {
		if v != v {
			v = 0
		}
		dst = append(dst, min(max(v, -1), 1))
	}
	return dst
}
