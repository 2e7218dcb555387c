package tone

import "time"

// Tones are the supervisory tones of one country (ITU-T E.180 Supplement 2).
type Tones struct {
	Ringback   Tone // the called party is being alerted
	Busy       Tone // the called party is engaged
	Congestion Tone // no path, or the call failed for another reason
}

// levelSupervisory is the peak of each frequency: two together stay 9 dB below full scale.
const levelSupervisory = 0.177

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// repeating builds an endless cadence from on and off times in milliseconds.
func repeating(hz []float64, onOff ...int) Tone {
	t := Tone{Endless: true}
	for i := 0; i+1 < len(onOff); i += 2 {
		t.Steps = append(t.Steps, Step{Hz: hz, On: ms(onOff[i]), Off: ms(onOff[i+1]), Level: levelSupervisory})
	}
	return t
}

var countries = map[string]Tones{
	"at": {repeating(hz(420), 1000, 5000), repeating(hz(420), 400, 400), repeating(hz(420), 200, 200)},
	"ch": {repeating(hz(425), 1000, 4000), repeating(hz(425), 500, 500), repeating(hz(425), 200, 200)},
	"de": {repeating(hz(425), 1000, 4000), repeating(hz(425), 480, 480), repeating(hz(425), 240, 240)},
	"es": {repeating(hz(425), 1500, 3000), repeating(hz(425), 200, 200),
		repeating(hz(425), 200, 200, 200, 200, 200, 600)},
	"fr": {repeating(hz(440), 1500, 3500), repeating(hz(440), 500, 500), repeating(hz(440), 250, 250)},
	"gb": {repeating(hz(400, 450), 400, 200, 400, 2000), repeating(hz(400), 375, 375),
		repeating(hz(400), 400, 350, 225, 525)},
	"it": {repeating(hz(425), 1000, 4000), repeating(hz(425), 500, 500), repeating(hz(425), 200, 200)},
	"nl": {repeating(hz(425), 1000, 4000), repeating(hz(425), 500, 500), repeating(hz(425), 250, 250)},
	"se": {repeating(hz(425), 1000, 5000), repeating(hz(425), 250, 250), repeating(hz(425), 250, 750)},
	"us": {repeating(hz(440, 480), 2000, 4000), repeating(hz(480, 620), 500, 500),
		repeating(hz(480, 620), 250, 250)},
}

func hz(f ...float64) []float64 { return f }

// Country returns the tones of a country by its ISO 3166 code in lower case ("de", "gb", "us", "fr", "nl", "ch",
// "at", "it", "es", "se"). For any other code it returns Germany's and false.
func Country(code string) (Tones, bool) {
	t, ok := countries[code]
	if !ok {
		t = countries["de"]
	}
	return t, ok
}

// beep is one step of a short signal.
func beep(level float64, on, off int, f ...float64) Step {
	return Step{Hz: f, On: ms(on), Off: ms(off), Level: level}
}

// The station's own signals. Meaning is in direction and number, not in pitch alone, so that they stay apart for
// people who hear high notes badly: up is good, down is bad.
var (
	// DoorOpened rises in three notes: push the door now.
	DoorOpened = Tone{Steps: []Step{beep(.3, 90, 30, 660), beep(.3, 90, 30, 880), beep(.3, 220, 0, 1320)}}
	// WrongCode falls twice, harsh and low.
	WrongCode = Tone{Steps: []Step{beep(.2, 180, 60, 400, 310), beep(.2, 320, 0, 300, 230)}}
	// CallEnding is two short pips: the time limit is near.
	CallEnding = Tone{Steps: []Step{beep(.25, 80, 120, 1000), beep(.25, 80, 0, 1000)}}
	// Connected is one soft rising pair: somebody has answered, speak now.
	Connected = Tone{Steps: []Step{beep(.2, 70, 20, 523), beep(.2, 120, 0, 784)}}
)
