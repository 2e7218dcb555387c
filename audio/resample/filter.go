package resample

import "math"

const (
	passEdge    = 0.425 // of the lower rate
	stopEdge    = 0.575
	attenuation = 74.0 // dB, a little more than promised, for rounding
	kaiserBeta  = 0.1102 * (attenuation - 8.7)
)

// prototype is the low-pass filter for l/m, at l times the input rate, split into l phases of taps coefficients each.
// Each phase stands reversed, so that it multiplies the input from oldest to newest.
func prototype(in, out, l int) (phases []float32, taps int) {
	lower := float64(min(in, out))
	fast := float64(in) * float64(l)
	transition := 2 * math.Pi * (stopEdge - passEdge) * lower / fast
	length := (attenuation-8)/(2.285*transition) + 1
	taps = int(math.Ceil(length / float64(l)))
	taps += taps & 1
	phases = make([]float32, l*taps)
	cutoff := (passEdge + stopEdge) / 2 * lower / fast
	for k := range phases {
		phases[k%l*taps+taps-1-k/l] = float32(float64(l) * tap(k, len(phases), cutoff))
	}
	normalise(phases, l, taps)
	return phases, taps
}

// tap is coefficient k of n: the sinc of a cutoff, in cycles per sample, under the Kaiser window.
func tap(k, n int, cutoff float64) float64 {
	centre := float64(n-1) / 2
	x := float64(k) - centre
	sinc := 2 * cutoff
	if x != 0 {
		sinc = math.Sin(2*math.Pi*cutoff*x) / (math.Pi * x)
	}
	r := x / (centre + 0.5)
	return sinc * bessel(kaiserBeta*math.Sqrt(max(1-r*r, 0))) / bessel(kaiserBeta)
}

// bessel is the modified Bessel function of the first kind and order zero, by its power series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

// normalise gives each phase a gain of one at DC: otherwise a constant would come out with a ripple at the input rate.
func normalise(phases []float32, l, taps int) {
	for p := range l {
		phase := phases[p*taps : (p+1)*taps]
		var sum float32
		for _, c := range phase {
			sum += c
		}
		for i := range phase {
			phase[i] /= sum
		}
	}
}
