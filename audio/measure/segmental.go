package main

import "math"

// weightedSNR is the frequency-weighted segmental signal-to-noise ratio in dB (J. Tribolet et al. 1978, in the form of
// Y. Hu and P. C. Loizou, "Evaluation of Objective Quality Measures for Speech Enhancement", IEEE Trans. ASLP 16, 2008,
// section II): in each frame the bands' ratios, from -10 to 35 dB, weighted by the clean magnitude to the power 0.2. Bands
// are those of one Bark. Of the simple measures it follows what listeners say of suppressors best.
func weightedSNR(clean, heard []float64) float64 {
	const size, fft, least, most, emphasis = speechRate * 3 / 100, 512, -10.0, 35.0, 0.2
	window, work := hann(size), make([]complex128, fft)
	a, b := make([]float64, fft/2+1), make([]float64, fft/2+1)
	places := loudFrames(clean, size)
	total := 0.0
	for _, at := range places {
		powers(a, work, clean[at:], window)
		powers(b, work, heard[at:], window)
		x, y := barkMagnitudes(a), barkMagnitudes(b)
		var sum, weights float64
		for z, v := range x {
			w := math.Pow(v, emphasis)
			ratio := 20 * math.Log10(max(v, 1e-9)/max(math.Abs(v-y[z]), 1e-9))
			sum += w * min(max(ratio, least), most)
			weights += w
		}
		total += sum / max(weights, 1e-12)
	}
	return total / float64(max(len(places), 1))
}

// loudFrames are the places of frames within 40 dB of the loudest.
func loudFrames(x []float64, size int) (places []int) {
	loudest := 0.0
	for at := 0; at+size <= len(x); at += size / 2 {
		loudest = max(loudest, power(x[at:at+size]))
	}
	for at := 0; at+size <= len(x); at += size / 2 {
		if power(x[at:at+size]) > 1e-4*loudest {
			places = append(places, at)
		}
	}
	return places
}

// barkMagnitudes is the magnitude in each Bark band of a power spectrum up to 8 kHz.
func barkMagnitudes(spectrum []float64) (bands [22]float64) {
	for k, p := range spectrum {
		hz := float64(k) * speechRate / 2 / float64(len(spectrum)-1)
		if z := int(bark(hz)); z < len(bands) {
			bands[z] += p
		}
	}
	for z, p := range bands {
		bands[z] = math.Sqrt(p)
	}
	return bands
}
