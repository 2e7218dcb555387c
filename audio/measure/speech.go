package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"intercom/audio/wav"
)

// speechRate is what all speech is brought to, in Hz.
const speechRate = 16000

// speaker is a synthetic voice: of espeak-ng, which builds sound by formants, or of flite, which joins recorded pieces
// of a human voice. The two fail in different ways, so both are in every set.
type speaker struct {
	program, voice string
	speed, pitch   int // of espeak-ng: words a minute, 0 to 99
}

// The voices a seed chooses from. Far and near never share one.
var (
	formantVoices  = []string{"en-gb+f2", "en-us+m3", "en-us+m7", "en-gb+f4", "en-gb-scotland+m1", "en-us+f5", "en-gb-x-rp+m5", "en-us+f1"}
	recordedVoices = []string{"slt", "rms", "awb", "kal", "kal16"}
)

// cast are the voices of one seed.
type cast struct{ far, near, recordedFar, recordedNear speaker }

func castOf(seed uint64) cast {
	r := rand.New(rand.NewPCG(seed, 'v'))
	f, c := r.Perm(len(formantVoices)), r.Perm(len(recordedVoices))
	formant := func(i int) speaker {
		return speaker{"espeak-ng", formantVoices[f[i]], 150 + r.IntN(25), 35 + r.IntN(25)}
	}
	recorded := func(i int) speaker { return speaker{program: "flite", voice: recordedVoices[c[i]]} }
	return cast{formant(0), formant(1), recorded(0), recorded(1)}
}

// say answers what the voice makes of the text, without the silence around it.
func (s speaker) say(ctx context.Context, text string) ([]float64, error) {
	dir, err := os.MkdirTemp("", "intercom-speech-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "speech.wav")
	args := []string{"-voice", s.voice, "-o", file, "-t", text}
	if s.program == "espeak-ng" {
		args = []string{"-v", s.voice, "-s", strconv.Itoa(s.speed), "-p", strconv.Itoa(s.pitch), "-w", file, text}
	}
	if _, err := execute(ctx, nil, s.program, args...); err != nil {
		return nil, err
	}
	x, rate, err := readWAV(file)
	if err != nil {
		return nil, err
	}
	if x = trimmed(x); len(x) == 0 {
		return nil, fmt.Errorf("%s with voice %s was silent for %q: is the voice installed?", s.program, s.voice, text)
	}
	if rate != speechRate {
		x = resampled(x, float64(rate)/speechRate)
	}
	return x, nil
}

// recite says the sentences with a pause of gap seconds after each.
func (s speaker) recite(ctx context.Context, sentences []string, gap float64) (x []float64, err error) {
	for _, text := range sentences {
		said, err := s.say(ctx, text)
		if err != nil {
			return nil, err
		}
		x = append(append(x, said...), make([]float64, int(gap*speechRate))...)
	}
	return x, nil
}

// trimmed cuts off what is softer than -50 dBFS at both ends.
func trimmed(x []float64) []float64 {
	const loud = 0.003
	from, to := 0, len(x)
	for from < to && max(x[from], -x[from]) < loud {
		from++
	}
	for to > from && max(x[to-1], -x[to-1]) < loud {
		to--
	}
	return x[from:to]
}

func readWAV(file string) (x []float64, rate int, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	clip, err := wav.Parse(data)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	return fromFloat32(clip.Mono()), clip.Rate, nil
}

func writeWAV(file string, x []float64, rate int) error {
	data, err := wav.Append(nil, wav.Clip{Rate: rate, Channels: 1, PCM: toFloat32(x)}, wav.PCM16)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, data, 0o644)
}

// script deals n sentences of the text to each of two speakers, other ones for every seed.
func script(seed uint64, n int) (far, near []string) {
	all := strings.Split(strings.TrimSpace(sentences), "\n")
	order := rand.New(rand.NewPCG(seed, 's')).Perm(len(all))
	for i := range n {
		far, near = append(far, all[order[2*i]]), append(near, all[order[2*i+1]])
	}
	return far, near
}

// sentences is what is heard at doors, with every sound of English in it several times.
const sentences = `
Good morning, I have a parcel for the dentist on the second floor.
Could you hold the door, my hands are full of shopping.
The engineer checks the boiler every year before winter.
Leave the keys with the neighbour, she is always at home.
Which of these buttons rings the office of the lawyer?
Five children were playing football in front of the garage.
The pizza is getting cold while I wait down here.
Please speak a little louder, a lorry is passing by.
Our cat has climbed the chestnut tree once again.
Just push hard when you hear the buzzing sound.
The choir meets on Thursday evening in the large hall.
A thick fog hung over the river until noon.
We measured the kitchen twice and it still does not fit.
They changed the code yesterday, nobody told me.
The yellow van outside belongs to the painters.
Those stairs are steep, so take the lift on your right.
My father used to repair watches in this very house.
She asked for a glass of water and a quiet room.
The chimney sweep comes before nine or not at all.
Joyful noises came from the party under the roof.
Put the fresh vegetables beside the blue basket.
Is this the entrance for the music school, or the next one?
The judge was late because his train broke down.
Thirty bottles of juice were standing in the cellar.
I will be with you in a moment, mind the wet paint.
Every shop in the village shuts at half past six.
The azure vase fell off the shelf without a scratch.
You need to turn the handle and pull at the same time.
An old man sold roasted almonds at the corner.
What a strange voice, have you caught a cold?
The lamp above the gate has been flickering all week.
Both girls would rather wash the dog than the dishes.
`
