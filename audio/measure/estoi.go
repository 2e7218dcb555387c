package main

import "math"

// The extended short-time objective intelligibility measure of J. Jensen and C. H. Taal, "An Algorithm for Predicting
// the Intelligibility of Speech Masked by Modulated Noise Maskers", IEEE/ACM Trans. ASLP 24 (2016), section II: 15
// third-octave bands from 150 Hz at 10 kHz, segments of 30 frames (384 ms), rows and columns of each normalised to mean
// 0 and norm 1, and the mean of their products.
const (
	estoiRate    = 10000
	estoiFrame   = 256
	estoiHop     = 128
	estoiFFT     = 512
	estoiBands   = 15
	estoiSegment = 30
	estoiLowest  = 150 // Hz, centre of the first band
	estoiDepth   = 40  // dB below the loudest frame is silence, which is left out
)

// estoi compares processed with clean, both at rate Hz and in time; 1 is all understood, near 0 nothing.
func estoi(clean, processed []float64, rate int) float64 {
	step := float64(rate) / estoiRate
	x, y := resampled(clean, step), resampled(processed, step)
	frames := speechFrames(x)
	a, b := bandEnvelopes(x, frames), bandEnvelopes(y, frames)
	sum, n := 0.0, 0
	for m := estoiSegment; m <= len(frames); m++ {
		sum += correlation(normalised(a[m-estoiSegment:m]), normalised(b[m-estoiSegment:m]))
		n++
	}
	return sum / float64(max(n, 1))
}

// speechFrames are the places of the frames that are not silence.
func speechFrames(x []float64) (places []int) {
	window := hann(estoiFrame)
	loudest, levels := math.Inf(-1), []float64{}
	for at := 0; at+estoiFrame <= len(x); at += estoiHop {
		e := 0.0
		for i, w := range window {
			e += x[at+i] * w * x[at+i] * w
		}
		levels = append(levels, decibels(e))
		loudest = max(loudest, levels[len(levels)-1])
	}
	for i, l := range levels {
		if l > loudest-estoiDepth {
			places = append(places, i*estoiHop)
		}
	}
	return places
}

// bandEnvelopes is the root of each band's power, a row of bands for each frame.
func bandEnvelopes(x []float64, frames []int) [][]float64 {
	window, work, spectrum := hann(estoiFrame), make([]complex128, estoiFFT), make([]float64, estoiFFT/2+1)
	edges := thirdOctaves()
	rows := make([][]float64, len(frames))
	for i, at := range frames {
		powers(spectrum, work, x[at:], window)
		rows[i] = make([]float64, estoiBands)
		for band := range rows[i] {
			for _, p := range spectrum[edges[band][0]:edges[band][1]] {
				rows[i][band] += p
			}
			rows[i][band] = math.Sqrt(rows[i][band])
		}
	}
	return rows
}

// thirdOctaves are the first bin of each band and the first after it.
func thirdOctaves() (edges [estoiBands][2]int) {
	bin := func(hz float64) int { return int(math.Round(hz * estoiFFT / estoiRate)) }
	for k := range edges {
		centre := estoiLowest * math.Pow(2, float64(k)/3)
		edges[k] = [2]int{bin(centre * math.Pow(2, -1./6)), bin(centre * math.Pow(2, 1./6))}
	}
	return edges
}

// normalised brings the course of each band over the segment, and then each frame's spectrum, to mean 0 and norm 1.
func normalised(segment [][]float64) [estoiSegment][estoiBands]float64 {
	var out [estoiSegment][estoiBands]float64
	var course [estoiSegment]float64
	for band := range estoiBands {
		for i := range course {
			course[i] = segment[i][band]
		}
		standardise(course[:])
		for i, v := range course {
			out[i][band] = v
		}
	}
	for i := range out {
		standardise(out[i][:])
	}
	return out
}

func standardise(x []float64) {
	mean, norm := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i := range x {
		x[i] -= mean
		norm += x[i] * x[i]
	}
	scale(x, 1/(math.Sqrt(norm)+1e-12))
}

func correlation(a, b [estoiSegment][estoiBands]float64) (sum float64) {
	for i := range a {
		sum += dot(a[i][:], b[i][:])
	}
	return sum / estoiSegment
}
