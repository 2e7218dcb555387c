package lpc

// Levinson solves for the predictor a of the autocorrelation r, which has one value more than a, by the Levinson-Durbin
// recursion. If k is not nil it takes the reflection coefficients, as many as a has. Levinson answers the power that the
// prediction leaves. Silence (r[0] not above 0) gives zeros.
func Levinson(a, k, r []float64) (rest float64) {
	clear(a)
	clear(k)
	if !(r[0] > 0) {
		return 0
	}
	rest = r[0]
	for i := range a {
		sum := r[i+1]
		for j := range i {
			sum -= a[j] * r[i-j]
		}
		c := sum / rest
		if !(c > -1 && c < 1) { // rounding has made the matrix singular: what is found so far predicts all there is
			return rest
		}
		if k != nil {
			k[i] = -c
		}
		extend(a[:i+1], c)
		rest *= 1 - c*c
	}
	return rest
}

// extend takes the predictor from order len(a)-1 to len(a).
func extend(a []float64, c float64) {
	i := len(a) - 1
	for j := range (i + 1) / 2 {
		x, y := a[j], a[i-1-j]
		a[j], a[i-1-j] = x-c*y, y-c*x
	}
	a[i] = c
}

// Predictor turns reflection coefficients, each within -1 to 1, into the predictor a, and answers the share of the power
// that it leaves.
func Predictor(a, k []float64) (rest float64) {
	clear(a)
	rest = 1
	for i, c := range k {
		extend(a[:i+1], -c)
		rest *= 1 - c*c
	}
	return rest
}

// Correlate is the autocorrelation of x at the lags 0 to len(r)-1, as a sum.
func Correlate(r []float64, x []float32) {
	for k := range r {
		var sum float64
		for i := k; i < len(x); i++ {
			sum += float64(x[i]) * float64(x[i-k])
		}
		r[k] = sum
	}
}
