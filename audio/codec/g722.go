package codec

import (
	"fmt"

	"intercom/audio/conceal"
	"intercom/audio/g722"
)

// G722 is ITU-T G.722 with concealment. Make it with NewG722.
//
// A decoder of G.722 predicts from what it has decoded, so a gap leaves it wrong about what comes after, by a burst of
// noise or a voice too soft for 50 ms. Here it is told what was played instead: the guess is coded, by an encoder that was
// first led through the sound before the gap, and the decoder decodes that. Against a decoder left alone it measures better
// the longer the gap is, and the same for single packets.
type G722 struct {
	encoder g722.Encoder
	decoder g722.Decoder
	conceal *conceal.Concealer

	leader  g722.Encoder // codes what was guessed
	history []int16      // what was decoded last, for the leader
	lost    bool
	skip    int // octets of the leader still to be passed over
	ints    []int16
	waste   []int16
	octets  []byte
}

// leadTime is how much of the past the leader is led through, in samples: 60 ms, in which the step sizes of the two bands
// have come to those of the true encoder.
const leadTime = 960

// filterDelay is the delay of the two mirror filters together, in samples.
const filterDelay = 22

// NewG722 answers the codec. The error is always nil.
func NewG722() (*G722, error) {
	c, err := conceal.New(g722.Rate)
	if err != nil {
		return nil, fmt.Errorf("codec: %w", err)
	}
	return &G722{encoder: *g722.NewEncoder(), decoder: *g722.NewDecoder(), conceal: c, history: make([]int16, leadTime),
		ints: make([]int16, 0, maxSamples), octets: make([]byte, 0, maxSamples/2), waste: make([]int16, 0, maxSamples)}, nil
}

// maxSamples is the longest packet that costs no allocation: 60 ms at 16 kHz, or the leadTime.
const maxSamples = 960

// Encode appends one octet for each two samples of pcm at 16 kHz.
func (c *G722) Encode(payload []byte, pcm []float32) ([]byte, error) {
	if len(pcm)%2 != 0 {
		return payload, fmt.Errorf("codec: G.722 codes samples in pairs: give an even number, not %d", len(pcm))
	}
	c.ints = appendInts(c.ints[:0], pcm)
	return c.code(&c.encoder, payload), nil
}

// code appends the octets of c.ints.
func (c *G722) code(e *g722.Encoder, payload []byte) []byte {
	c.octets = grow(c.octets, len(c.ints)/2)
	e.Encode(c.octets, c.ints)
	return append(payload, c.octets...)
}

// grow answers a slice of n elements, the given one if it has room.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Decode appends two samples for each octet.
func (c *G722) Decode(pcm []float32, payload []byte) ([]float32, error) {
	if c.lost {
		var ahead [filterDelay]float32
		c.conceal.Ahead(ahead[:])
		c.lead(ahead[:])
		c.lost = false
	}
	c.ints = grow(c.ints, 2*len(payload))
	c.decoder.Decode(c.ints, payload)
	c.remember(c.ints)
	return appendFloats(pcm, c.ints), nil
}

// Heard smooths the joint after a gap.
func (c *G722) Heard(pcm []float32) { c.conceal.Heard(pcm) }

// Lost fills pcm with the guess and keeps the decoder in step with it.
func (c *G722) Lost(pcm []float32) {
	c.conceal.Lost(pcm)
	if !c.lost {
		c.leader.Reset()
		c.octets = grow(c.octets, leadTime/2)
		c.leader.Encode(c.octets, c.history)
		c.lost, c.skip = true, filterDelay/2
	}
	c.lead(pcm)
	c.remember(c.ints)
}

// lead codes what was guessed and has the decoder decode it. Since a sound leaves the decoder filterDelay samples after it
// has entered the encoder, the octets that stand for the gap begin and end that much later in the guess.
func (c *G722) lead(pcm []float32) {
	c.ints = appendInts(c.ints[:0], pcm)
	c.octets = grow(c.octets, len(pcm)/2)
	c.leader.Encode(c.octets, c.ints)
	n := min(c.skip, len(c.octets))
	c.skip -= n
	c.waste = grow(c.waste, 2*len(c.octets))
	c.decoder.Decode(c.waste, c.octets[n:])
}

// remember appends what was played to the history.
func (c *G722) remember(pcm []int16) {
	n := min(len(pcm), len(c.history))
	keep := copy(c.history, c.history[n:])
	copy(c.history[keep:], pcm[len(pcm)-n:])
}
