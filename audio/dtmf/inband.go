package dtmf

import (
	"math"
	"math/cmplx"
)

// The eight tones (ITU-T Q.23): a digit is one of a row and one of a column.
//
//	Hz    1209 1336 1477 1633
//	 697    1    2    3    A
//	 770    4    5    6    B
//	 852    7    8    9    C
//	 941    *    0    #    D
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
	keypad  = [4]string{"123A", "456B", "789C", "*0#D"}
)

// Limits of the detector. A block of 12.75 ms is the usual compromise: its bins are 78 Hz wide, so that a tone 1.5 % off
// still fills its bin and one 3.5 % off does not (Q.24). Blocks overlap by half: a digit of 40 ms holds at least four of
// them wherever it begins, one of 20 ms three at most.
const (
	halfPer8k     = 51
	minToneLevel  = -42 // dBFS of each tone
	normalTwist   = 8.5 // dB by which the row may be stronger
	reverseTwist  = 4.5 // dB by which the column may be stronger
	peakOver      = 7   // dB over every other tone of its group
	share         = .77 // of the whole energy in the two tones: speech spreads it over harmonics and formants
	steady        = 5   // dB by which a tone may change from one block to the next
	hitsToBegin   = 4   // blocks
	missesToEnd   = 5   // blocks: an interruption of 10 ms spoils three at most, a pause of 40 ms seven at least
	fullScaleSine = 3   // dB from its mean square to 0 dBFS
)

// half is what is known of half a block: the spectrum at the eight tones and the energy.
type half struct {
	spectrum [8]complex128
	energy   float64
}

// Detector finds DTMF tones in audio. It is made for one rate and one direction of one call.
type Detector struct {
	size   int // samples of half a block
	coef   [8]float64
	turn   [8]complex128 // phase of each tone over half a block
	step   [8]complex128 // and over one sample, backwards
	s1, s2 [8]float64
	energy float64
	pos    int
	last   half

	digit     byte // being sounded, 0 = none; already reported
	candidate byte // seen in the last block
	low, high float64
	hits      int // blocks in a row with the candidate
	misses    int // blocks in a row without digit
}

// NewDetector returns a detector for rate samples a second, at least 8000.
func NewDetector(rate int) *Detector {
	d := &Detector{size: rate * halfPer8k / 8000}
	for i := range d.coef {
		w := 2 * math.Pi * tone(i) / float64(rate)
		d.coef[i] = 2 * math.Cos(w)
		d.step[i] = cmplx.Rect(1, -w)
		d.turn[i] = cmplx.Rect(1, -w*float64(d.size))
	}
	return d
}

// tone is one of the eight frequencies: rows, then columns.
func tone(i int) float64 {
	if i < len(rows) {
		return rows[i]
	}
	return columns[i-len(rows)]
}

// Write takes the next samples, at most 20 ms of them, and returns the digit that has begun in them, if any. A digit is
// reported when it has sounded for 32 to 40 ms, once however long it lasts.
func (d *Detector) Write(pcm []float32) (digit byte, isNew bool) {
	for _, v := range pcm {
		x := float64(v)
		d.energy += x * x
		for i, c := range d.coef {
			d.s1[i], d.s2[i] = x+c*d.s1[i]-d.s2[i], d.s1[i]
		}
		if d.pos++; d.pos == d.size {
			if found := d.decide(d.block(d.closeHalf())); found != 0 {
				digit, isNew = found, true
			}
		}
	}
	return digit, isNew
}

// closeHalf ends half a block. Goertzel's state is turned into the spectrum at the half's beginning, so that two halves
// can be put together to a whole block without computing anything twice.
func (d *Detector) closeHalf() half {
	h := half{energy: d.energy}
	for i := range h.spectrum {
		y := complex(d.s1[i], 0) - d.step[i]*complex(d.s2[i], 0)
		h.spectrum[i] = y * d.turn[i] / d.step[i] // from the last sample to the first
		d.s1[i], d.s2[i] = 0, 0
	}
	d.energy, d.pos = 0, 0
	return h
}

// block puts two halves together and returns the digit that they hold, or 0.
func (d *Detector) block(h half) byte {
	var power [8]float64 // mean square of each tone
	n := 2 * float64(d.size)
	for i := range power {
		x := d.last.spectrum[i] + d.turn[i]*h.spectrum[i]
		power[i] = 2 * (real(x)*real(x) + imag(x)*imag(x)) / (n * n)
	}
	whole := (d.last.energy + h.energy) / n
	d.last = h
	row, column := strongest(power[:4]), strongest(power[4:])
	if row < 0 || column < 0 {
		return 0
	}
	low, high := power[row], power[4+column]
	jumped := d.candidate == keypad[row][column] && (far(low, d.low) || far(high, d.high))
	d.low, d.high = low, high
	switch {
	case low+high < share*whole, low > high*ratio(normalTwist), high > low*ratio(reverseTwist), jumped:
		return 0
	}
	return keypad[row][column]
}

func far(a, b float64) bool { return a > b*ratio(steady) || b > a*ratio(steady) }

// strongest is the tone that stands out from its group, or -1.
func strongest(group []float64) int {
	best := 0
	for i, p := range group {
		if p > group[best] {
			best = i
		}
	}
	if group[best] < ratio(minToneLevel-fullScaleSine) {
		return -1
	}
	for i, p := range group {
		if i != best && p*ratio(peakOver) > group[best] {
			return -1
		}
	}
	return best
}

func ratio(dB float64) float64 { return math.Pow(10, dB/10) }

// decide follows the blocks:
//
//	nothing --4 blocks of one digit--> digit --5 blocks without it--> nothing
//	                                     |  ^
//	                                     +--+ 4 blocks of another digit
func (d *Detector) decide(seen byte) (begun byte) {
	if seen != d.candidate {
		d.candidate, d.hits = seen, 0
	}
	d.hits++
	if seen == d.digit {
		d.misses = 0
		return 0
	}
	d.misses++
	switch {
	case seen != 0 && d.hits >= hitsToBegin:
		d.digit, d.misses = seen, 0
		return seen
	case d.misses >= missesToEnd:
		d.digit, d.misses = 0, 0
	}
	return 0
}
