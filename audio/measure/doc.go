// Command measure is the proof of the sound path: it makes speech, rooms and networks, sends them through this
// project's boxes and through the same boxes of well-known libraries, and prints both beside the targets.
//
//	go run ./audio/measure all              what make voice runs; packages.sh installs what it needs
//	go run ./audio/measure -seed 7 echo     other voices, sentences, rooms and noises
//	go run ./audio/measure set DIR          the takes as sound files, to be heard or measured by others
//	go run ./audio/measure -set DIR -v echo the figures of each take for each system
//
// The exit status is 1 if a target that is held is missed, or if anything could not be measured: a program that is
// missing never makes a figure look better. Targets marked "short" are aims that are not reached yet.
//
//	echo     takes of 48 s: twelve kinds of door station; ERLE, double talk, the near end alone
//	noise    speech in a street, 15 dB below
//	jitter   networks of five minutes through the jitter buffer, a fixed one and NetEQ's policy
//	conceal  G.711 under losses at random and in bursts
//	g722     bit for bit against spandsp
//	cost     instructions on ARM64, counted by qemu
//
// # Where to read
//
// Signals are []float64 at full scale 1, mono. scenario.go puts a take together from speech.go and room.go,
// echo_measure.go judges it, table.go prints; each topic is one file named as its sub-command. The measures share no code
// with the boxes they judge: transform, filters and resampler are their own, in double precision. Anchors are small C
// programs in testdata, compiled when they are needed; they and the voices are separate processes.
//
// # Limitations
//
//   - Voices are synthetic, rooms are made by formula. The figures tell systems apart; they do not replace ears at a door.
//   - PESQ and POLQA are not free to use: perceptual.go is a measure of the same kind, on a scale of its own.
//   - AEC3 is not among Debian's packages, so that the echo canceller has speexdsp alone beside it.
//   - In the take xrun nobody tells the canceller of the jump. The station does, by moving the reference.
//   - The jitter buffer is replayed without sound: a correction is taken as 5 ms.
//   - Instructions are not time: caches and branches of a real processor are left out, and so is the kernel.
package main
