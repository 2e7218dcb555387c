package fft

// The butterflies of each radix. Each takes p values m*s apart, transforms them, turns them by the stage's twiddle
// factors and puts them s apart, so that after the last stage the result stands in order.

func (st *stage) radix2(y, x []complex64) {
	m, s := st.m, st.s
	for q := range m {
		w := st.twiddle[q]
		x0, x1 := x[s*q:][:s], x[s*(q+m):][:s]
		y0, y1 := y[s*2*q:][:s], y[s*(2*q+1):][:s]
		for k := range x0 {
			a, b := x0[k], x1[k]
			y0[k] = a + b
			y1[k] = (a - b) * w
		}
	}
}

func (st *stage) radix3(y, x []complex64) {
	const half, sin = 0.5, 0.86602540378
	m, s := st.m, st.s
	for q := range m {
		w := st.twiddle[2*q:][:2]
		x0, x1, x2 := x[s*q:][:s], x[s*(q+m):][:s], x[s*(q+2*m):][:s]
		y0, y1, y2 := y[s*3*q:][:s], y[s*(3*q+1):][:s], y[s*(3*q+2):][:s]
		for k := range x0 {
			a, b := x1[k]+x2[k], x1[k]-x2[k]
			c := complex(real(x0[k])-half*real(a), imag(x0[k])-half*imag(a))
			d := complex(sin*imag(b), -sin*real(b))
			y0[k] = x0[k] + a
			y1[k] = (c + d) * w[0]
			y2[k] = (c - d) * w[1]
		}
	}
}

func (st *stage) radix4(y, x []complex64) {
	m, s := st.m, st.s
	for q := range m {
		w := st.twiddle[3*q:][:3]
		x0, x1, x2, x3 := x[s*q:][:s], x[s*(q+m):][:s], x[s*(q+2*m):][:s], x[s*(q+3*m):][:s]
		out := y[s*4*q:][:4*s]
		y0, y1, y2, y3 := out[:s], out[s:][:s], out[2*s:][:s], out[3*s:][:s]
		for k := range x0 {
			a, b := x0[k]+x2[k], x0[k]-x2[k]
			c, d := x1[k]+x3[k], x1[k]-x3[k]
			d = complex(imag(d), -real(d))
			y0[k] = a + c
			y1[k] = (b + d) * w[0]
			y2[k] = (a - c) * w[1]
			y3[k] = (b - d) * w[2]
		}
	}
}

// radix4First is radix4 with a stride of one, where a loop over the stride would be all overhead.
func (st *stage) radix4First(y, x []complex64) {
	m := st.m
	x0, x1, x2, x3 := x[:m], x[m:][:m], x[2*m:][:m], x[3*m:][:m]
	y, w := y[:4*m], st.twiddle[:3*m]
	for q := range x0 {
		a, b := x0[q]+x2[q], x0[q]-x2[q]
		c, d := x1[q]+x3[q], x1[q]-x3[q]
		d = complex(imag(d), -real(d))
		out, turn := (*[4]complex64)(y), (*[3]complex64)(w)
		out[0] = a + c
		out[1] = (b + d) * turn[0]
		out[2] = (a - c) * turn[1]
		out[3] = (b - d) * turn[2]
		y, w = y[4:], w[3:]
	}
}

// radix2Last is radix2 in the last stage, where all twiddle factors are one.
func (st *stage) radix2Last(y, x []complex64) {
	s := st.s
	x0, x1, y0, y1 := x[:s], x[s:][:s], y[:s], y[s:][:s]
	for k, a := range x0 {
		b := x1[k]
		y0[k], y1[k] = a+b, a-b
	}
}

func (st *stage) radix5(y, x []complex64) {
	const (
		c1, s1 = 0.30901699437, 0.95105651630
		c2, s2 = -0.80901699437, 0.58778525229
	)
	m, s := st.m, st.s
	for q := range m {
		w := st.twiddle[4*q:][:4]
		for k := range s {
			in := s*q + k
			z := x[in]
			a, d := x[in+s*m]+x[in+4*s*m], x[in+s*m]-x[in+4*s*m]
			b, e := x[in+2*s*m]+x[in+3*s*m], x[in+2*s*m]-x[in+3*s*m]
			p := complex(real(z)+c1*real(a)+c2*real(b), imag(z)+c1*imag(a)+c2*imag(b))
			r := complex(real(z)+c2*real(a)+c1*real(b), imag(z)+c2*imag(a)+c1*imag(b))
			u := complex(s1*imag(d)+s2*imag(e), -s1*real(d)-s2*real(e))
			v := complex(s2*imag(d)-s1*imag(e), -s2*real(d)+s1*real(e))
			out := s*5*q + k
			y[out] = z + a + b
			y[out+s] = (p + u) * w[0]
			y[out+2*s] = (r + v) * w[1]
			y[out+3*s] = (r - v) * w[2]
			y[out+4*s] = (p - u) * w[3]
		}
	}
}
