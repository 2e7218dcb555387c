package noise

// floor follows the power of the noise in each bin: as much of a frame's power is taken in as is likely not to be
// speech (Gerkmann and Hendriks 2012, equations 18 to 22).
type floor struct {
	noise  []float32 // power per bin
	speech []float32 // likelihood of speech per bin, this frame
	often  []float32 // that likelihood over the last while
	frames int       // seen since reset, up to learnFrames
}

const (
	// assumed is the speech to noise ratio a bin is taken to have when it has speech: 15 dB.
	assumed = 31.6
	// floorSmooth is the memory of the floor, oftenSmooth that of the likelihood, in frames of 10 ms.
	floorSmooth = 0.87
	oftenSmooth = 0.94
	// stuck is the likelihood that cannot be believed for long: a floor that jumped up looks like speech for ever.
	stuck = 0.99
	// stuckRise bounds what is then taken in: two voices that leave each other no pause look the same for seconds, and
	// without a bound their first loud vowel would lift the floor over both.
	stuckRise = 1.17
	// learnFrames are averaged at the start; 5 frames are 50 ms.
	learnFrames = 5
	// tiny keeps the floor above denormal numbers and divisions by zero; it is -100 dB of a sample, per bin.
	tiny = 1e-10
)

func newFloor(bins int) floor {
	f := floor{noise: make([]float32, bins), speech: make([]float32, bins), often: make([]float32, bins)}
	f.reset()
	return f
}

func (f *floor) reset() {
	f.frames = 0
	clear(f.often)
	clear(f.speech)
	for k := range f.noise {
		f.noise[k] = tiny
	}
}

func (f *floor) learn(spectrum []complex64) {
	if f.frames < learnFrames {
		f.frames++
		for k, v := range spectrum {
			f.noise[k] += (power(v)-f.noise[k])/float32(f.frames) + tiny
		}
		return
	}
	for k, v := range spectrum {
		p := presence(power(v) / f.noise[k])
		f.often[k] = oftenSmooth*f.often[k] + (1-oftenSmooth)*p + tiny
		heard := p*f.noise[k] + (1-p)*power(v)
		if f.often[k] > stuck {
			p = min(p, stuck)
			heard = min(p*f.noise[k]+(1-p)*power(v), stuckRise*f.noise[k])
		}
		f.speech[k] = p
		f.noise[k] = floorSmooth*f.noise[k] + (1-floorSmooth)*heard + tiny
	}
}

// listen tells speech from noise in a frame that nothing is learnt from.
func (f *floor) listen(spectrum []complex64) {
	for k, v := range spectrum {
		f.speech[k] = presence(power(v) / f.noise[k])
	}
}

// presence is the likelihood of speech in a bin whose power is ratio times the floor.
func presence(ratio float32) float32 {
	const slope = assumed / (1 + assumed)
	return 1 / (1 + (1+assumed)*exp(-ratio*slope))
}
