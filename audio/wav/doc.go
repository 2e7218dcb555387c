// Package wav reads and writes RIFF/WAVE sound: prompts of the station, recordings of tests and self-tests.
//
// Usage:
//
//	clip, err := wav.Parse(data)              // any rate, 1 to 32 channels, samples as float32 -1..1
//	mono := clip.Mono()
//	data, err = wav.Append(nil, clip, wav.PCM16)
//	g, err := wav.Grow(file, 48000, 1)        // a recording, readable while it grows
//
// Clips are whole files in memory, because a prompt is seconds long and a parser over a slice has no partial states. The
// Clip shares nothing with the input.
//
// The reader is lenient where real files are wrong and the meaning is still plain: sizes of 0 or 0xFFFFFFFF from
// programs that wrote to a pipe, sizes beyond the end of the file, a missing padding byte, foreign chunks before or
// after, a wrong byte rate or block align, a cut last frame. It reads PCM of 8, 16, 24 and 32 bits, float of 32 and
// 64 bits, A-law and mu-law, plain or WAVE_FORMAT_EXTENSIBLE. It writes PCM16, PCM24, PCM32 and Float32.
//
// Limitations:
//   - No compressed encodings (ADPCM, MP3, GSM): the error says how to convert.
//   - No RF64/W64 (files beyond 4 GiB), no RIFX (big-endian).
//   - Loop points, cues and text chunks are skipped and not written back.
package wav
