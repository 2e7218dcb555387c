package main

import "math"

// decibels is the level of a power; silence is -120 dB.
func decibels(power float64) float64 { return 10 * math.Log10(max(power, 1e-12)) }

// amplitude is the factor that a change of level in dB means.
func amplitude(db float64) float64 { return math.Pow(10, db/20) }

// power is the mean square.
func power(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return dot(x, x) / float64(len(x))
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// activeLevel is the level in dBFS of the parts that carry speech: the blocks of 10 ms at 16 kHz that are at most 30 dB
// below the loudest. Pauses would make a slow speaker look soft.
func activeLevel(x []float64) float64 {
	const block, depth = 160, 1e-3
	var blocks []float64
	loudest := 0.0
	for ; len(x) >= block; x = x[block:] {
		blocks = append(blocks, power(x[:block]))
		loudest = max(loudest, blocks[len(blocks)-1])
	}
	sum, n := 0.0, 0
	for _, p := range blocks {
		if p > depth*loudest {
			sum, n = sum+p, n+1
		}
	}
	return decibels(sum / float64(max(n, 1)))
}

// setActiveLevel scales x in place.
func setActiveLevel(x []float64, dbfs float64) { scale(x, amplitude(dbfs-activeLevel(x))) }

// setLevel scales x in place to a level over its whole length.
func setLevel(x []float64, dbfs float64) { scale(x, amplitude(dbfs-decibels(power(x)))) }

func scale(x []float64, gain float64) {
	for i := range x {
		x[i] *= gain
	}
}

// sum adds signals of one length, and limits the result as a converter does.
func sum(signals ...[]float64) []float64 {
	out := make([]float64, len(signals[0]))
	for _, x := range signals {
		for i, v := range x {
			out[i] += v
		}
	}
	for i, v := range out {
		out[i] = min(max(v, -1), 1)
	}
	return out
}

// delayed is x later by n samples, in the same length.
func delayed(x []float64, n int) []float64 {
	out := make([]float64, len(x))
	if n >= 0 {
		copy(out[min(n, len(x)):], x)
	} else {
		copy(out, x[min(-n, len(x)):])
	}
	return out
}

// fitted is x cut or filled up with silence to n samples.
func fitted(x []float64, n int) []float64 {
	out := make([]float64, n)
	copy(out, x)
	return out
}

// repeated fills n samples with x over and over.
func repeated(x []float64, n int) []float64 {
	out := make([]float64, n)
	for at := 0; at < n && len(x) > 0; at += len(x) {
		copy(out[at:], x)
	}
	return out
}

// toInt16 rounds to what a sound file holds.
func toInt16(x []float64) []int16 {
	out := make([]int16, len(x))
	for i, v := range x {
		out[i] = int16(min(max(math.RoundToEven(v*32768), -32768), 32767))
	}
	return out
}

func fromInt16(x []int16) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v) / 32768
	}
	return out
}

func toFloat32(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func fromFloat32(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// quantized is x as it comes back from a file of 16 bits.
func quantized(x []float64) []float64 { return fromInt16(toInt16(x)) }

// lag finds by how many samples, from least to most, out follows x: where their correlation is greatest. A canceller
// may turn the sign of neither, so the magnitude decides.
func lag(out, x []float64, least, most int) int {
	best, at := -1.0, 0
	for d := least; d <= most; d++ {
		from, to := max(0, -d), min(len(x), len(out)-d)
		if c := math.Abs(dot(x[from:to], out[from+d:])); c > best {
			best, at = c, d
		}
	}
	return at
}
