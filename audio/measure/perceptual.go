package main

import "math"

// perceptual is a measure of speech quality by a model of hearing, after J. G. Beerends, A. P. Hekstra, A. W. Rix and
// M. P. Hollier, "Perceptual Evaluation of Speech Quality (PESQ), Part II: Psychoacoustic Model", J. Audio Eng. Soc. 50
// (2002): power in Bark bands, partial compensation of response and gain, Zwicker loudness, the difference beyond a
// masking threshold, what was added counted besides, and norms over bands, split seconds and the whole. It is not
// ITU-T P.862: the signals are in time already, so that nothing is aligned, and bands and threshold come from formulas
// (Zwicker and Terhardt 1980; Terhardt 1979) in place of tables. It is milder than P.862.1, though mapped by the same
// curve: its figures are for comparison with one another.
type perceptual struct {
	size      int // of a frame, 32 ms
	band      []int
	width     []float64 // of each band in Bark
	threshold []float64 // of hearing, as a power
	window    []float64
}

const (
	bandWidth     = 0.38 // Bark
	loudest       = 1e7  // the power that speech is brought to
	loudnessPower = 0.23
	loudnessScale = 0.1866
	powerScale    = 2.7643e-5 // of a power spectrum of 256 values
	frameLimit    = 45.0
)

// newPerceptual listens at 8 or 16 kHz.
func newPerceptual(rate int) *perceptual {
	p := &perceptual{size: rate * 32 / 1000}
	p.window = hann(p.size)
	p.band = make([]int, p.size/2+1)
	highest := float64(rate) / 2 * 0.9
	before := -1
	for k := range p.band {
		hz := float64(k) * float64(rate) / float64(p.size)
		if p.band[k] = -1; hz < 90 || hz > highest {
			continue
		}
		if z := int(bark(hz) / bandWidth); z != before {
			before = z
			p.threshold = append(p.threshold, math.Pow(10, (hearing(hz)+4)/10))
			p.width = append(p.width, 0)
		}
		last := len(p.width) - 1
		p.band[k] = last
		p.width[last] += bark(hz+float64(rate)/float64(2*p.size)) - bark(hz-float64(rate)/float64(2*p.size))
	}
	return p
}

// bark is the critical-band rate of a frequency.
func bark(hz float64) float64 {
	return 13*math.Atan(0.00076*hz) + 3.5*math.Atan(hz*hz/7500/7500)
}

// hearing is the threshold in quiet, in dB SPL.
func hearing(hz float64) float64 {
	k := hz / 1000
	return 3.64*math.Pow(k, -0.8) - 6.5*math.Exp(-0.6*(k-3.3)*(k-3.3)) + 1e-3*k*k*k*k
}

// score compares heard with clean, which must be in time; 4.5 is no difference, 1 is bad.
func (p *perceptual) score(clean, heard []float64) float64 {
	gain := math.Sqrt(loudest) / amplitude(activeLevel(clean))
	a, b := p.bands(clean, gain), p.bands(heard, gain)
	p.compensateResponse(a, b)
	var disturbed, added []float64
	ratio := 1.0
	for i := range a {
		power, other := p.audible(a[i]), p.audible(b[i])
		ratio = 0.2*ratio + 0.8*(power+5e3)/(other+5e3)
		scale(b[i], min(max(ratio, 3e-4), 5))
		d, da := p.difference(a[i], b[i])
		weight := math.Pow((power+1e5)/loudest, 0.04)
		disturbed = append(disturbed, min(d/weight, frameLimit))
		added = append(added, min(da/weight, frameLimit))
	}
	raw := 4.5 - 0.1*overTime(disturbed) - 0.0309*overTime(added)
	return 0.999 + 4/(1+math.Exp(-1.4945*raw+4.6607)) // P.862.1
}

// bands is the power of each frame in each band.
func (p *perceptual) bands(x []float64, gain float64) [][]float64 {
	work, spectrum := make([]complex128, p.size), make([]float64, p.size/2+1)
	density := powerScale * 256 / float64(p.size) * gain * gain
	var rows [][]float64
	for at := 0; at+p.size <= len(x); at += p.size / 2 {
		powers(spectrum, work, x[at:], p.window)
		row := make([]float64, len(p.width))
		for k, b := range p.band {
			if b >= 0 {
				row[b] += density * spectrum[k]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (p *perceptual) audible(row []float64) (sum float64) {
	for z, v := range row {
		if v > p.threshold[z] {
			sum += v
		}
	}
	return sum
}

// compensateResponse brings the clean bands to the mean response of what was heard, within 20 dB: a change of colour is
// hardly a fault.
func (p *perceptual) compensateResponse(clean, heard [][]float64) {
	for z := range p.width {
		var a, b float64
		for i := range clean {
			if p.audible(clean[i]) > 1e5 {
				a, b = a+clean[i][z], b+heard[i][z]
			}
		}
		n := float64(len(clean))
		ratio := min(max((b/n+1e3)/(a/n+1e3), 0.01), 100)
		for i := range clean {
			clean[i][z] *= ratio
		}
	}
}

func (p *perceptual) loudness(power float64, z int) float64 {
	threshold := p.threshold[z]
	if power < threshold {
		return 0
	}
	return loudnessScale * math.Pow(threshold/0.5, loudnessPower) * (math.Pow(0.5+0.5*power/threshold, loudnessPower) - 1)
}

// difference is what of one frame is heard to differ, and the part of it that was added: what is too much disturbs
// more than what is missing.
func (p *perceptual) difference(clean, heard []float64) (all, added float64) {
	var squares, sum, width float64
	for z, w := range p.width {
		a, b := p.loudness(clean[z], z), p.loudness(heard[z], z)
		d := max(math.Abs(b-a)-0.25*min(a, b), 0)
		factor := math.Pow((heard[z]+50)/(clean[z]+50), 1.2)
		if factor = min(factor, 12); factor < 3 {
			factor = 0
		}
		squares += d * w * d * w
		sum += d * factor * w
		width += w
	}
	return math.Sqrt(squares/width) * width, sum
}

// overTime is the sixth-power mean over each 320 ms, so that the worst moment of it counts, and the square mean of these.
func overTime(frames []float64) float64 {
	const second = 20
	var squares, n float64
	for at := 0; at < len(frames); at += second / 2 {
		part := frames[at:min(at+second, len(frames))]
		sum := 0.0
		for _, v := range part {
			sum += math.Pow(v, 6)
		}
		squares += math.Pow(sum/float64(len(part)), 1./3)
		n++
	}
	return math.Sqrt(squares / max(n, 1))
}
