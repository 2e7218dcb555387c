// Package gain sets how loud things are: a high-pass filter against offset and rumble, a slow automatic gain control with a
// limiter for the microphone, and a voice switch for enclosures in which no echo canceller helps.
//
// Usage, each box by itself:
//
//	hp, err := gain.NewHighPass(16000)
//	control, err := gain.NewControl(gain.Config{Rate: 16000})
//	hp.Process(near)                      // first in the chain of the microphone
//	control.FarTalks(gain.Level(far) > -45)
//	control.Process(near)                 // last in the chain
//
//	half, err := gain.NewHalfDuplex(gain.HalfDuplexConfig{})
//	toSpeaker, toNetwork := half.Decide(gain.Level(far), gain.Level(near))   // every 10 ms
//	toSpeaker.Apply(far)
//	toNetwork.Apply(near)
//
// Samples are mono float32 in -1 to 1, frames of 10 ms. Levels are in dBFS where 0 is a sine of full scale, as in package
// stream. Nothing is allocated after construction, nothing has a clock or a goroutine, each value belongs to one goroutine.
//
// Limitations:
//   - The limiter has no look-ahead: the first quarter wave above the ceiling is flattened, which is heard less than the
//     delay would be.
//   - The gain control knows speech by its level over the noise alone. Loud music is speech to it.
//   - The noise floors need a pause of 50 ms now and then. Who talks ten seconds without one is taken for noise in part.
//   - HalfDuplex cuts the first 20 to 50 ms of who breaks in, as every voice switch does.
package gain
