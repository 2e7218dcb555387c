package opus

import (
	"fmt"

	"github.com/thesyncim/gopus"
)

// Decoder turns Opus packets into speech. Make it with NewDecoder.
type Decoder struct {
	decoder *gopus.Decoder
	rate    int
	pcm     []float32 // the longest packet: 120 ms
	guessed int       // samples in a row that were guessed
}

// NewDecoder answers a decoder for a rate of 8000, 12000, 16000, 24000 or 48000 Hz, whatever the sender's is.
func NewDecoder(rate int) (*Decoder, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	lib, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(rate, 1))
	if err != nil {
		return nil, fmt.Errorf("opus: %w", err)
	}
	return &Decoder{decoder: lib, rate: rate, pcm: make([]float32, rate*120/1000)}, nil
}

// Reset forgets the stream, as after NewDecoder.
func (d *Decoder) Reset() {
	d.decoder.Reset()
	d.guessed = 0
}

// Decode appends the samples of one packet to pcm: 2.5 to 120 ms of them, held to full scale, which a damaged packet would
// pass. A payload that is no Opus packet gives an error
// and leaves pcm alone.
func (d *Decoder) Decode(pcm []float32, payload []byte) ([]float32, error) {
	if len(payload) == 0 {
		return pcm, fmt.Errorf("opus: a payload of 0 bytes is no packet: call Lost for what is missing")
	}
	n, err := d.decoder.Decode(payload, d.pcm)
	if err != nil {
		return pcm, fmt.Errorf("opus: a payload of %d bytes: %w", len(payload), err)
	}
	d.rise(d.pcm[:n])
	return tame(pcm, d.pcm[:n]), nil
}

// Lost fills pcm with the decoder's guess of what is missing. Its length must be a multiple of 2.5 ms; the rest is silent.
// The guess fades from guessHold to guessEnd, sooner than the library would, for a vowel of a second is nobody's word.
func (d *Decoder) Lost(pcm []float32) {
	d.fill(pcm, nil)
	for i := range pcm {
		pcm[i] = min(max(pcm[i], -1), 1) * d.gain()
		d.guessed++
	}
}

// Recover fills pcm, the length of the one packet that is missing, with what the packet after it repeats of it. Where that
// repeats nothing the library's guess is taken. The packet itself is to be decoded afterwards. Recover is worth calling when
// next is at hand before the gap is due.
func (d *Decoder) Recover(pcm []float32, next []byte) {
	d.fill(pcm, next)
	d.rise(pcm)
	tame(pcm[:0], pcm)
}

// Times in ms.
const (
	guessHold = 60
	guessEnd  = 200
	riseTime  = 5
)

// gain is how loud the guess may be: 1 at first, then falling in a straight line to 0.
func (d *Decoder) gain() float32 {
	hold, end := d.rate*guessHold/1000, d.rate*guessEnd/1000
	d.guessed = min(d.guessed, end)
	return float32(end-max(d.guessed, hold)) / float32(end-hold)
}

// rise brings what follows a faded guess back to its full level without a click.
func (d *Decoder) rise(pcm []float32) {
	from, n := d.gain(), d.rate*riseTime/1000
	d.guessed = 0
	if from == 1 {
		return
	}
	for i := range min(n, len(pcm)) {
		pcm[i] *= from + (1-from)*float32(i)/float32(n)
	}
}

// fill asks the library for as much as it gives at a time.
func (d *Decoder) fill(pcm []float32, next []byte) {
	unit := d.rate / 400
	for len(pcm) > 0 {
		want := min(len(pcm), len(d.pcm)) / unit * unit
		if want == 0 {
			break
		}
		n, err := d.decoder.DecodeWithFEC(next, pcm[:want], next != nil)
		if err != nil || n <= 0 || n > want {
			break
		}
		pcm = pcm[n:]
	}
	clear(pcm)
}
