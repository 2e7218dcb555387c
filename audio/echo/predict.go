package echo

// predictor measures how much of the error the reference still explains: the coherence of the two over the last tenth
// of a second, summed over the partitions in which the direct sound arrives. What the near end says is not coherent
// with the reference; an echo by a path that has changed is, wherever the filter stands.
type predictor struct {
	cross [early][]complex64
	far   [early][]float32
	err   []float32
}

const (
	early       = 3
	crossSmooth = 0.9
)

func newPredictor(bins int) *predictor {
	p := &predictor{err: make([]float32, bins)}
	for i := range early {
		p.cross[i], p.far[i] = make([]complex64, bins), make([]float32, bins)
	}
	return p
}

// update answers the share, 0 to 1.
func (p *predictor) update(f *filter) float32 {
	var sum float32
	var count float32
	for k, e := range f.err {
		p.err[k] = crossSmooth*p.err[k] + (1-crossSmooth)*power(e) + floor
		var g float32
		for i := range early {
			x := f.spectrum(i)[k]
			p.cross[i][k] = scale(crossSmooth, p.cross[i][k]) + scale(1-crossSmooth, conj(x)*e)
			p.far[i][k] = crossSmooth*p.far[i][k] + (1-crossSmooth)*power(x) + floor
			g += power(p.cross[i][k]) / (p.err[k] * p.far[i][k])
		}
		w := p.err[k]
		sum += w * min(g, 1)
		count += w
	}
	return sum / (count + floor)
}
