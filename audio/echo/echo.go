package echo

type Canceller struct {
	f    *filter
	echo []float32
	S    *suppressor
	e    []float32
}

func New(rate int) (*Canceller, error) {
	f, err := newFilter(rate/100, 12)
	if err != nil {
		return nil, err
	}
	sp, err := newSuppressor(rate / 100)
	if err != nil {
		return nil, err
	}
	return &Canceller{S: sp, f: f, echo: make([]float32, rate/100), e: make([]float32, rate/100)}, nil
}

func (c *Canceller) Process(out, mic, ref []float32) {
	c.f.process(out, c.echo, mic, ref)
	c.S.near = c.f.coh
	c.S.talk = c.f.talk > 0
	c.S.process(out, c.echo, c.f.residual)
}
